// The steps of a session in a page, at any of which the page can stop, to be killed there. Where it is
// then is told on the console, which somebody outside reads even if the page does nothing more.

import type { SessionVault } from 'keyward/session';

const taken: string[] = [];
/** The number of the step to stop at; none before a test wants to know of them. */
let last: number | undefined;
/** Whether the vault is writing tokens. */
let writing = false;

/** Does `work` up to the step of this number; the last one is called `end`. */
export async function upTo(
  number: number,
  work: () => Promise<unknown>,
  end: string,
): Promise<void> {
  [last, taken.length] = [number, 0];
  await work().then(
    () => step(end),
    (error) => taken.push(`failed: ${error}`),
  );
  tell('ended');
}

/** Tells the steps that were taken. */
function tell(how: 'stopped' | 'ended'): void {
  console.log(`${how}: ${JSON.stringify(taken)}`);
}

/** Whether to stop here. Whatever else was under way stops at its own next step. */
function isLast(name: string): boolean {
  if (last === undefined) {
    return false;
  }
  const number = taken.push(name);
  if (number === last) {
    tell('stopped');
  }
  return number >= last;
}

/** A step between two promises. */
export async function step(name: string): Promise<void> {
  if (isLast(name)) {
    await new Promise(() => {});
  }
}

/** A step in the middle of other people's work: the page stands still. */
function stepWithin(name: string): void {
  if (isLast(name)) {
    for (;;);
  }
}

/**
 * The vault, with steps before and after what the session has it change. A read is none: who dies before
 * it has died at the step before, and how often something is read depends on what else is heard.
 */
export function stepping(vault: SessionVault): SessionVault {
  // What is written beside the session, to have what others wrote, is no session.
  let mark: string | undefined;
  return {
    get config() {
      return vault.config;
    },
    getValue: (key) => vault.getValue(key),
    async setValue(key, value) {
      writing = typeof value === 'object';
      mark = writing ? mark : key;
      const what = writing ? 'the write' : 'the write of a mark';
      await step(`before ${what}`);
      await vault.setValue(key, value);
      writing = false;
      await step(`after ${what}`);
    },
    async removeValue(key) {
      if (key === mark) {
        return vault.removeValue(key);
      }
      await step('before the removal');
      await vault.removeValue(key);
      await step('after the removal');
    },
    isLocked: () => vault.isLocked(),
    subscribe: (listener) => vault.subscribe(listener),
  };
}

const { fetch } = window;
window.fetch = async (input, init) => {
  if (!/\/token(\/revocation)?$/.test(String(input))) {
    return fetch(input, init);
  }
  await step('before the request');
  const answer = fetch(input, init);
  await step('the request is sent');
  const response = await answer;
  await step('the answer is there');
  return response;
};

const { request } = LockManager.prototype;
LockManager.prototype.request = async function (this: LockManager, name, options, callback) {
  if (!name.startsWith('keyward.session')) {
    return request.call(this, name, options, callback);
  }
  await step('before the turn');
  return request.call(this, name, options, async (lock) => {
    await step('with the turn');
    return callback(lock);
  });
} as typeof request;

const { put } = IDBObjectStore.prototype;
IDBObjectStore.prototype.put = function (...values) {
  if (!writing) {
    return put.apply(this, values);
  }
  this.transaction.addEventListener('complete', () => stepWithin('the write is durable'));
  stepWithin('before the bytes are handed over');
  const asked = put.apply(this, values);
  stepWithin('the bytes are handed over');
  return asked;
};
