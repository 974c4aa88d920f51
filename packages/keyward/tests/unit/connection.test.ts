import { beforeEach, describe, expect, test, vi } from 'vitest';

import { VaultType } from '../../src/config.js';
import { Connection } from '../../src/connection.js';
import { VaultError, VaultErrorCodes } from '../../src/errors.js';
import type { VaultEvent } from '../../src/events.js';
import type { Answer } from '../../src/messages.js';
import { ScriptedBackend, settled } from './scripted-backend.js';

const config = { key: 'a', type: VaultType.SecureStorage };
const stored = { key: 'a', type: 'CustomPasscode' } as const;
const failure = { code: 2, kind: 'Store', message: 'no', attemptsLeft: 3 };

let backend: ScriptedBackend;
let holder: { config: unknown };
let connection: Connection;
let events: VaultEvent[];

beforeEach(() => {
  backend = new ScriptedBackend();
  holder = { config: undefined };
  connection = new Connection(backend, 'persistent', holder);
  events = [];
  connection.listeners.subscribe((event) => events.push(event));
});

test('the engine is not asked for before it is needed', () => {
  expect(backend.notify).toBeUndefined();
});

test('an error of the engine is an Error with all that was told', async () => {
  backend.answer = () => ({ error: failure });
  const error = await connection.call({ call: 'unlock' }).catch((error: unknown) => error);
  expect(error).toBeInstanceOf(Error);
  expect(error).toBeInstanceOf(VaultError);
  expect({ ...(error as VaultError) }).toEqual({
    code: VaultErrorCodes.VaultUnavailable,
    kind: 'Store',
    attemptsLeft: 3,
    name: 'VaultError',
  });
  expect(String(error)).toBe('VaultError: no');
});

test('a call that answers nothing resolves with undefined', async () => {
  expect(await connection.call({ call: 'lock' })).toBeUndefined();
});

test('a call that cannot be written rejects, and listeners hear of it first', async () => {
  const heard: string[] = [];
  connection.listeners.setCallback('error', ({ error }) => heard.push(`told ${error.code}`));
  await connection
    .callWith(() => {
      throw new TypeError('secret');
    })
    .catch((error: VaultError) => heard.push(`rejected ${error.code}: ${error.message}`));
  expect(heard).toEqual(['told 3', 'rejected 3: the argument does not read']);
  expect(backend.calls).toEqual([]);
});

describe('config', () => {
  test('is what the engine answers, when the call resolves', async () => {
    backend.answer = () => ({ ok: stored });
    await connection.initialize(config);
    expect(holder.config).toEqual(stored);
    backend.answer = (call) => ({ ok: (call as { config: unknown }).config });
    await connection.updateConfig(config);
    expect(holder.config).toEqual(config);
  });

  test('is set before listeners hear that it has changed', async () => {
    await connection.call({ call: 'isLocked' });
    const seen: unknown[] = [];
    connection.listeners.setCallback('configChanged', () => seen.push(holder.config));
    backend.notify({ notice: 'configChanged', config: stored });
    await settled();
    expect(seen).toEqual([stored]);
  });

  test('is the one given where what is stored cannot be read', async () => {
    backend.answer = () => ({ error: failure });
    const given = { ...config };
    const initialized = connection.initialize(given);
    given.key = 'changed by the app';
    await expect(initialized).rejects.toThrow('no');
    expect(holder.config).toEqual(config);
  });

  test('stays undefined where there can be no such vault', async () => {
    backend.answer = () => ({ error: { ...failure, code: VaultErrorCodes.InvalidArguments } });
    await expect(connection.initialize(config)).rejects.toThrow('no');
    expect(holder.config).toBeUndefined();
  });

  test('is not replaced by a failed second initialisation', async () => {
    holder.config = stored;
    backend.answer = () => ({ error: failure });
    await expect(connection.initialize(config)).rejects.toThrow('no');
    expect(holder.config).toBe(stored);
  });
});

describe('notices', () => {
  test('become events, before the answer of their call is seen and not within the call', async () => {
    const heard: string[] = [];
    connection.listeners.setCallback('lock', ({ timeout }) => heard.push(`locked ${timeout}`));
    backend.answer = () => {
      backend.notify({ notice: 'locked', cause: 'requested' });
      heard.push('in the engine');
      return { ok: null };
    };
    await connection.call({ call: 'lock' });
    heard.push('answered');
    expect(heard).toEqual(['in the engine', 'locked false', 'answered']);
  });

  test('of each kind', async () => {
    await connection.call({ call: 'isLocked' });
    backend.notify({ notice: 'locked', cause: 'timeout' });
    backend.notify({ notice: 'locked', cause: 'cleared' });
    backend.notify({ notice: 'unlocked' });
    backend.notify({ notice: 'configChanged', config: stored });
    backend.notify({ notice: 'changed' });
    backend.notify({ notice: 'passcodeRequested', request: 1, isPasscodeSetRequest: true });
    backend.notify({ notice: 'failed', error: failure });
    await settled();
    expect(events).toEqual([
      { type: 'lock', timeout: true, cause: 'timeout' },
      { type: 'lock', timeout: false, cause: 'cleared' },
      { type: 'unlock' },
      { type: 'configChanged', config: stored },
      { type: 'change' },
      { type: 'passcodeRequested', isPasscodeSetRequest: true },
      { type: 'error', error: expect.objectContaining({ code: 2, kind: 'Store' }) },
    ]);
  });
});

describe('listeners', () => {
  test('a callback replaces the one before; subscribers add up and can leave', () => {
    const heard: string[] = [];
    const { listeners } = connection;
    listeners.setCallback('unlock', () => heard.push('first'));
    listeners.setCallback('unlock', () => heard.push('second'));
    const same = () => heard.push('subscriber');
    const leave = listeners.subscribe(same);
    listeners.subscribe(same);
    listeners.tell({ type: 'unlock' });
    leave();
    leave();
    listeners.tell({ type: 'unlock' });
    expect(heard).toEqual(['second', 'subscriber', 'subscriber', 'second', 'subscriber']);
  });

  test('one that throws is reported and stops nobody', () => {
    const report = vi.fn();
    vi.stubGlobal('reportError', report);
    const heard = vi.fn();
    connection.listeners.setCallback('unlock', () => {
      throw new Error('of the app');
    });
    connection.listeners.subscribe(heard);
    connection.listeners.tell({ type: 'unlock' });
    expect(heard).toHaveBeenCalledOnce();
    expect(report).toHaveBeenCalledExactlyOnceWith(new Error('of the app'));
    vi.unstubAllGlobals();
  });

  test('unsubscribing works with `using` where there is such a thing', () => {
    const unsubscribe = connection.listeners.subscribe(() => expect.fail());
    expect(typeof unsubscribe[Symbol.dispose]).toBe('function');
    unsubscribe[Symbol.dispose]();
    connection.listeners.tell({ type: 'unlock' });
  });
});

describe('closing', () => {
  test('waits for the calls under way, and refuses further ones', async () => {
    let answer!: (answer: Answer<unknown>) => void;
    void connection.initialize(config);
    backend.answer = () => new Promise((resolve) => (answer = resolve));
    const write = connection.call({ call: 'setValues', entries: [] });
    const closed = connection.close();
    await expect(connection.call({ call: 'getKeys' })).rejects.toMatchObject({
      code: VaultErrorCodes.Stopped,
    });
    await settled();
    expect(backend.closed).toBe(false);
    answer({ ok: null });
    await Promise.all([write, closed, connection.close()]);
    expect(backend.closed).toBe(true);
    expect(backend.names).toEqual(['initialize', 'setValues']);
  });

  test('does not wait where nothing was ever initialised', async () => {
    backend.answer = () => new Promise(() => {});
    void connection.call({ call: 'getKeys' });
    await connection.close();
    expect(backend.closed).toBe(true);
  });

  test('refuses the passcode request that is open', async () => {
    void connection.initialize(config);
    connection.passcodes.callback = () => undefined;
    backend.notify({ notice: 'passcodeRequested', request: 7, isPasscodeSetRequest: false });
    await settled();
    await connection.close();
    expect(backend.calls).toContainEqual({ call: 'passcodeHandlerEnded', request: 7 });
  });

  test('drops the listeners', async () => {
    await connection.close();
    connection.listeners.tell({ type: 'unlock' });
    expect(events).toEqual([]);
  });
});
