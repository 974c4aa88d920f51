import { beforeEach, expect, test, vi } from 'vitest';

import { Connection } from '../../src/connection.js';
import type { Answer } from '../../src/messages.js';
import { ScriptedBackend, settled } from './scripted-backend.js';

const ENDED = { call: 'passcodeHandlerEnded', request: 1 };
const handedOver = (passcode: string) => ({ call: 'setCustomPasscode', passcode });

let backend: ScriptedBackend;
let connection: Connection;

beforeEach(async () => {
  backend = new ScriptedBackend();
  connection = new Connection(backend, 'persistent', { config: undefined });
  await connection.call({ call: 'isLocked' });
  backend.calls.length = 0;
  return () => vi.unstubAllGlobals();
});

async function request(isPasscodeSetRequest = false, id = 1) {
  backend.notify({ notice: 'passcodeRequested', request: id, isPasscodeSetRequest });
  await settled();
}

test('without a callback there will be no passcode', async () => {
  await request();
  expect(backend.calls).toEqual([ENDED]);
});

test('the engine hears once that there is a callback', async () => {
  connection.onPasscodeRequested(() => expect.fail('replaced'));
  const callback = vi.fn();
  connection.onPasscodeRequested(callback);
  await request();
  expect(callback).toHaveBeenCalledOnce();
  expect(backend.calls).toEqual([{ call: 'passcodeHandlerRegistered' }]);
});

test('the callback hears whether a passcode is to be set', async () => {
  const callback = vi.fn();
  connection.passcodes.callback = callback;
  await request(true);
  expect(callback).toHaveBeenCalledExactlyOnceWith(true, expect.any(Function));
});

test('onComplete answers, at once or later', async () => {
  connection.passcodes.callback = (_, onComplete) => onComplete('1');
  await request();
  expect(backend.calls).toEqual([handedOver('1'), ENDED]);

  backend.calls.length = 0;
  let complete!: (passcode: string) => void;
  connection.passcodes.callback = (_, onComplete) => {
    complete = onComplete;
  };
  await request();
  expect(backend.calls).toEqual([]);
  complete('2');
  await settled();
  expect(backend.calls).toEqual([handedOver('2'), ENDED]);
});

test('onComplete answers once: what comes later would change the passcode', async () => {
  let complete!: (passcode: string) => void;
  connection.passcodes.callback = (_, onComplete) => {
    complete = onComplete;
    onComplete('1');
    onComplete('2');
  };
  await request();
  complete('3');
  expect(backend.calls).toEqual([handedOver('1'), ENDED]);
});

test('onComplete answers its own request and no later one', async () => {
  const completes: ((passcode: string) => void)[] = [];
  connection.passcodes.callback = (_, onComplete) => {
    completes.push(onComplete);
  };
  await request(false, 1);
  await request(false, 2);
  completes[0]!('1');
  completes[1]!('2');
  await settled();
  expect(backend.calls).toEqual([ENDED, handedOver('2'), { ...ENDED, request: 2 }]);
});

test('the promise form answers with setCustomPasscode', async () => {
  connection.passcodes.callback = async () => {
    await settled();
    await connection.setCustomPasscode('1');
  };
  await request();
  await settled();
  expect(backend.calls).toEqual([handedOver('1'), ENDED]);
});

test('a passcode under way is not overtaken by the end of the callback', async () => {
  let answer!: (answer: Answer<unknown>) => void;
  backend.answer = ({ call }) =>
    call === 'setCustomPasscode'
      ? new Promise<Answer<unknown>>((resolve) => (answer = resolve))
      : { ok: null };
  connection.passcodes.callback = async () => {
    void connection.setCustomPasscode('1');
  };
  await request();
  expect(backend.calls).toEqual([handedOver('1')]);
  answer({ ok: null });
  await settled();
  expect(backend.calls).toEqual([handedOver('1'), ENDED]);
});

test('a promise that settles without a passcode is a refusal', async () => {
  connection.passcodes.callback = async (_isPasscodeSetRequest) => {};
  await request();
  expect(backend.calls).toEqual([ENDED]);
});

test('a promise that settles while a dialog is open is none, if onComplete was taken', async () => {
  let complete!: (passcode: string) => void;
  connection.passcodes.callback = async (_, onComplete) => {
    complete = onComplete;
  };
  await request();
  expect(backend.calls).toEqual([]);
  complete('1');
  await settled();
  expect(backend.calls).toEqual([handedOver('1'), ENDED]);
});

test('who takes onComplete may call setCustomPasscode all the same', async () => {
  connection.passcodes.callback = async (_, _onComplete) => {};
  await request();
  await connection.setCustomPasscode('1');
  await settled();
  expect(backend.calls).toEqual([handedOver('1'), ENDED]);
});

test('a callback that returns nothing may call setCustomPasscode later', async () => {
  connection.passcodes.callback = () => undefined;
  await request();
  expect(backend.calls).toEqual([]);
  await connection.setCustomPasscode('1');
  await settled();
  expect(backend.calls).toEqual([handedOver('1'), ENDED]);
});

test.each([undefined, null, ''])('%j from a dialog is a refusal', async (nothing) => {
  connection.passcodes.callback = (_, onComplete) => onComplete(nothing as never);
  await request();
  expect(backend.calls).toEqual([handedOver(''), ENDED]);
});

test.each([
  ['throws', () => JSON.parse('{')],
  ['rejects', async () => JSON.parse('{')],
])('a callback that %s is reported, and the request refused', async (_, callback) => {
  const report = vi.fn();
  vi.stubGlobal('reportError', report);
  connection.passcodes.callback = callback;
  await request();
  expect(report).toHaveBeenCalledExactlyOnceWith(expect.any(SyntaxError));
  expect(backend.calls).toEqual([ENDED]);
});

test('a passcode that is refused leaves no request open and nothing unhandled', async () => {
  backend.answer = ({ call }) =>
    call === 'setCustomPasscode'
      ? { error: { code: 3, kind: 'Invalid', message: 'too long' } }
      : { ok: null };
  connection.passcodes.callback = (_, onComplete) => onComplete('x'.repeat(2000));
  await request();
  expect(backend.names).toEqual(['setCustomPasscode', 'passcodeHandlerEnded']);
});
