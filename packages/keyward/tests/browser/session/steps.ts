// The steps of a session in a page, at any of which the page can stop, to be killed there. Where it is
// then is told on the console, which somebody outside reads even if the page does nothing more.

import type { SessionVault } from 'keyward/session';

const taken: string[] = [];
/** The number of the step to stop at; none before a test wants to know of them. */
let last: number | undefined;
/** Whether the vault is writing tokens. */
let writing = false;

/** Counts steps from now on, and stops at the one of this number. */
export function stopAt(number: number): void {
  last = number;
}

/** Tells the steps that were taken. */
export function tell(how: 'stopped' | 'ended'): void {
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

/** The vault, with steps before and after what the session asks of it. */
export function stepping(vault: SessionVault): SessionVault {
  return {
    get config() {
      return vault.config;
    },
    async getValue(key) {
      await step('before a read');
      return vault.getValue(key);
    },
    async setValue(key, value) {
      // A mark that is written to have what others wrote is no session yet.
      writing = typeof value === 'object';
      const what = writing ? 'the write' : 'the write of a mark';
      await step(`before ${what}`);
      await vault.setValue(key, value);
      writing = false;
      await step(`after ${what}`);
    },
    removeValue: (key) => vault.removeValue(key),
    isLocked: () => vault.isLocked(),
    subscribe: (listener) => vault.subscribe(listener),
  };
}

const { fetch } = window;
window.fetch = async (input, init) => {
  if (!String(input).endsWith('/token')) {
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
