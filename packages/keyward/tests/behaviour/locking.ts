import { VaultErrorCodes, VaultType } from 'keyward';

import { equal, ok, pause, until } from './check.js';
import type { Case } from './subject.js';
import { answering, heard, initialized, passcodeVault, restarted } from './vaults.js';

/** Milliseconds. */
const AWAY = 60;

export const locking: Case[] = [
  {
    name: 'a SecureStorage vault cannot be locked and never asks',
    page: true,
    async run(subject) {
      const vault = await initialized(subject, { lockAfterBackgrounded: AWAY });
      const words = heard(vault);
      vault.onPasscodeRequested(() => ok(false, 'nobody is asked'));
      await vault.setValue('token', 'abc');
      await vault.lock();
      equal(await vault.isLocked(), false);
      await vault.unlock();
      await subject.background();
      await pause(2 * AWAY);
      await subject.resume();
      equal(await vault.isLocked(), false);
      equal(await vault.getValue('token'), 'abc');
      equal(words, []);
    },
  },
  {
    name: 'the data of an InMemory vault ends with a lock; it is never locked',
    async run(subject) {
      const vault = await initialized(subject, { type: VaultType.InMemory });
      const words = heard(vault);
      await vault.setValue('token', 'abc');
      equal(await vault.getValue('token'), 'abc');
      equal(await vault.isLocked(), false);
      await vault.lock();
      equal(await vault.isLocked(), false);
      equal(await vault.isEmpty(), true);
      equal(await vault.getValue('token'), null);
      equal(words, ['locked']);
      await vault.setValue('token', 'def');
      equal(await vault.getValue('token'), 'def');
    },
  },
  {
    name: 'the data of an InMemory vault ends with the app',
    async run(subject) {
      const before = await initialized(subject, { type: VaultType.InMemory });
      await before.setValue('token', 'abc');
      const vault = await restarted(subject);
      equal(vault.config.type, 'InMemory');
      equal(await vault.isEmpty(), true);
      equal(await vault.getValue('token'), null);
    },
  },
  {
    name: 'the data of an InMemory vault ends when the app was away for long enough',
    page: true,
    async run(subject) {
      const vault = await initialized(subject, {
        type: VaultType.InMemory,
        lockAfterBackgrounded: AWAY,
      });
      await vault.setValue('token', 'abc');
      const words = heard(vault);
      await subject.background();
      await pause(2 * AWAY);
      await subject.resume();
      await until(() => words.length > 0);
      equal(words, ['locked by time']);
      equal(await vault.getValue('token'), null);
    },
  },
  {
    name: 'lock tells of itself once, and so does unlock',
    async run(subject) {
      const vault = await passcodeVault(subject);
      answering(vault, '2580');
      const words = heard(vault);
      equal(await vault.isLocked(), false);
      await vault.lock();
      await vault.lock();
      equal(await vault.isLocked(), true);
      equal(words, ['locked']);
      await vault.unlock();
      await vault.unlock();
      equal(await vault.isLocked(), false);
      equal(words, ['locked', 'unlocked']);
    },
  },
  {
    name: 'every operation that needs the entries unlocks by itself',
    async run(subject) {
      const vault = await passcodeVault(subject);
      const data = await vault.exportVault();
      answering(vault, ...Array<string>(10).fill('2580'));
      const words = heard(vault);
      for (const operation of [
        () => vault.getValue('token'),
        () => vault.setValue('token', 'abc'),
        () => vault.removeValue('nothing'),
        () => vault.getKeys(),
        () => vault.exportVault(),
        () => vault.importVault(data),
      ]) {
        await vault.lock();
        words.length = 0;
        await operation();
        equal(words, ['unlocked'], `what is heard of ${operation}`);
        equal(await vault.isLocked(), false);
      }
      equal(await vault.getValue('token'), 'abc');
    },
  },
  {
    name: 'a locked vault answers isEmpty, isLocked and doesVaultExist, and asks nobody',
    async run(subject) {
      const vault = await passcodeVault(subject);
      vault.onPasscodeRequested(() => ok(false, 'nobody is asked'));
      await vault.lock();
      equal(await vault.isEmpty(), false);
      equal(await vault.isLocked(), true);
      equal(await vault.doesVaultExist(), true);
    },
  },
  {
    name: 'a vault that asks is locked after a restart, and onLock does not tell of it',
    async run(subject) {
      await passcodeVault(subject);
      await subject.restart();
      const vault = subject.open();
      const words = heard(vault);
      await vault.initialize({ key: 'session', type: VaultType.CustomPasscode });
      equal(await vault.isLocked(), true);
      equal(await vault.isEmpty(), false);
      equal(words, []);
      answering(vault, '2580');
      equal(await vault.getValue('token'), 'abc');
      equal(words, ['unlocked']);
    },
  },
  {
    name: 'a locked vault may be empty',
    async run(subject) {
      const before = await passcodeVault(subject);
      await before.removeValue('token');
      const vault = await restarted(subject);
      equal(await vault.isEmpty(), true);
    },
  },
  {
    name: 'coming back after long enough finds the vault locked, once',
    page: true,
    async run(subject) {
      const vault = await passcodeVault(subject, { lockAfterBackgrounded: AWAY });
      const words = heard(vault);
      await subject.background();
      await pause(2 * AWAY);
      await subject.resume();
      await until(() => vault.isLocked());
      await subject.background();
      await pause(2 * AWAY);
      await subject.resume();
      await vault.isLocked();
      equal(words, ['locked by time']);
    },
  },
  {
    name: 'coming back sooner, or with no time set, finds it unlocked',
    page: true,
    async run(subject) {
      const vault = await passcodeVault(subject, { lockAfterBackgrounded: 3_600_000 });
      const words = heard(vault);
      await subject.background();
      await subject.resume();
      equal(await vault.isLocked(), false);
      await vault.updateConfig({ ...vault.config, lockAfterBackgrounded: null });
      await subject.background();
      await pause(AWAY);
      await subject.resume();
      equal(await vault.isLocked(), false);
      equal(words, ['config CustomPasscode']);
    },
  },
  {
    name: 'unlockVaultOnLoad unlocks as a part of initialize',
    async run(subject) {
      await passcodeVault(subject, { unlockVaultOnLoad: true });
      await subject.restart();
      const vault = subject.open();
      answering(vault, '2580');
      const words = heard(vault);
      await vault.initialize({ key: 'session', type: VaultType.CustomPasscode });
      equal(words, ['unlocked']);
      equal(await vault.isLocked(), false);
    },
  },
  {
    name: 'initialize resolves even if unlocking on load is refused, and onError hears of it',
    asks: true,
    async run(subject) {
      await passcodeVault(subject, { unlockVaultOnLoad: true });
      await subject.restart();
      const vault = subject.open();
      answering(vault, '');
      const words = heard(vault);
      await vault.initialize({ key: 'session', type: VaultType.CustomPasscode });
      equal(words, [`error ${VaultErrorCodes.UserCanceledInteraction}`]);
      equal(await vault.isLocked(), true);
    },
  },
  {
    name: 'clear of a locked vault asks nobody, and the next entry needs no unlock',
    async run(subject) {
      await passcodeVault(subject);
      const vault = await restarted(subject);
      vault.onPasscodeRequested((isPasscodeSetRequest, onComplete) => {
        ok(isPasscodeSetRequest, 'only a new passcode is asked for');
        onComplete('1111');
      });
      const words = heard(vault);
      await vault.clear();
      equal(await vault.isLocked(), false);
      equal(await vault.isEmpty(), true);
      await vault.setValue('token', 'def');
      equal(vault.config.type, 'CustomPasscode');
      equal(await vault.getValue('token'), 'def');
      equal(words, []);
    },
  },
  {
    name: 'what an app throws in a callback does not break its vault',
    page: true,
    async run(subject) {
      const vault = await passcodeVault(subject);
      const reported: unknown[] = [];
      const report = (event: ErrorEvent) => {
        reported.push(event.error);
        event.preventDefault();
      };
      addEventListener('error', report);
      const thrown = new Error('of the app');
      vault.onLock(() => {
        throw thrown;
      });
      await vault.lock();
      await until(() => reported.length > 0);
      removeEventListener('error', report);
      equal(reported, [thrown]);
      answering(vault, '2580');
      equal(await vault.getValue('token'), 'abc');
    },
  },
  {
    name: 'a callback may call the vault',
    async run(subject) {
      const vault = await passcodeVault(subject);
      answering(vault, '2580');
      const read = new Promise((resolve) => {
        vault.onUnlock(() => resolve(vault.getValue('token')));
      });
      await vault.lock();
      await vault.unlock();
      equal(await read, 'abc');
      const cleared = new Promise<void>((resolve, reject) => {
        vault.onLock(() => vault.clear().then(resolve, reject));
      });
      await vault.lock();
      await cleared;
      equal(await vault.isEmpty(), true);
    },
  },
  {
    name: 'registering a callback again replaces the one before',
    async run(subject) {
      const vault = await passcodeVault(subject);
      let calls = 0;
      vault.onLock(() => ok(false, 'the first callback is gone'));
      vault.onLock(() => calls++);
      await vault.lock();
      equal(calls, 1);
    },
  },
];
