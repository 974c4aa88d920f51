import { VaultErrorCodes, VaultType } from 'keyward';

import { equal, ok, rejects } from './check.js';
import type { Case } from './subject.js';
import { answering, heard, initialized, passcodeVault, restarted } from './vaults.js';

const { AuthFailed, MissingPasscode, TooManyFailedAttempts, UserCanceledInteraction } =
  VaultErrorCodes;

export const passcode: Case[] = [
  {
    name: 'the first entry asks for a new passcode, and goes on once it is set',
    asks: true,
    async run(subject) {
      const vault = await initialized(subject, { type: VaultType.CustomPasscode });
      const asked = answering(vault, '2580');
      await vault.setValue('token', 'abc');
      equal(asked, [true]);
      equal(await vault.getValue('token'), 'abc');
    },
  },
  {
    name: 'a locked vault asks for the passcode in force',
    asks: true,
    async run(subject) {
      await passcodeVault(subject);
      const vault = await restarted(subject);
      const asked = answering(vault, '2580');
      equal(await vault.getValue('token'), 'abc');
      equal(asked, [false]);
      await vault.setValue('token', 'def');
      equal(asked, [false], 'an open vault does not ask');
    },
  },
  {
    name: 'the promise form: setCustomPasscode in the callback answers',
    asks: true,
    async run(subject) {
      const vault = await initialized(subject, { type: VaultType.CustomPasscode });
      const asked: boolean[] = [];
      vault.onPasscodeRequested(async (isPasscodeSetRequest) => {
        asked.push(isPasscodeSetRequest);
        await Promise.resolve();
        await vault.setCustomPasscode('2580');
      });
      await vault.setValue('token', 'abc');
      await vault.lock();
      equal(await vault.getValue('token'), 'abc');
      equal(asked, [true, false]);
    },
  },
  {
    name: 'setCustomPasscode as the last line of the callback need not be awaited',
    asks: true,
    async run(subject) {
      const vault = await initialized(subject, { type: VaultType.CustomPasscode });
      vault.onPasscodeRequested(async () => {
        await Promise.resolve();
        void vault.setCustomPasscode('2580');
      });
      await vault.setValue('token', 'abc');
      await vault.lock();
      equal(await vault.getValue('token'), 'abc');
    },
  },
  {
    name: 'an empty passcode is a refusal, in every form',
    asks: true,
    async run(subject) {
      const vault = await passcodeVault(subject);
      await vault.lock();
      const words = heard(vault);
      const refusals = [
        (_: boolean, onComplete: (code: string) => void) => onComplete(''),
        async () => void vault.setCustomPasscode(''),
        async () => await vault.setCustomPasscode(undefined as never),
        async (_isPasscodeSetRequest: boolean) => {},
      ];
      for (const callback of refusals) {
        vault.onPasscodeRequested(callback);
        await rejects(vault.getValue('token'), UserCanceledInteraction);
      }
      equal(
        words,
        refusals.map(() => `error ${UserCanceledInteraction}`),
      );
      equal(await vault.isLocked(), true);
    },
  },
  {
    name: 'a callback that fails is a refusal',
    page: true,
    asks: true,
    async run(subject) {
      const vault = await passcodeVault(subject);
      await vault.lock();
      const report = (event: ErrorEvent) => event.preventDefault();
      addEventListener('error', report);
      vault.onPasscodeRequested(() => JSON.parse('{'));
      await rejects(vault.getValue('token'), UserCanceledInteraction);
      vault.onPasscodeRequested(async () => JSON.parse('{'));
      await rejects(vault.getValue('token'), UserCanceledInteraction);
      removeEventListener('error', report);
    },
  },
  {
    name: 'a new passcode that is refused leaves the entry unset',
    asks: true,
    async run(subject) {
      const vault = await initialized(subject, { type: VaultType.CustomPasscode });
      const asked = answering(vault, '', '2580');
      await rejects(vault.setValue('token', 'abc'), UserCanceledInteraction);
      equal(await vault.isEmpty(), true);
      await vault.setValue('token', 'abc');
      equal(asked, [true, true]);
    },
  },
  {
    name: 'a wrong passcode rejects, tells how many guesses are left, and changes nothing',
    asks: true,
    async run(subject) {
      const vault = await passcodeVault(subject);
      await vault.lock();
      const words = heard(vault);
      answering(vault, '1111', '2222', '2580');
      equal((await rejects(vault.getValue('token'), AuthFailed))['attemptsLeft'], 4);
      equal((await rejects(vault.unlock(), AuthFailed))['attemptsLeft'], 3);
      equal(words, ['error 6', 'error 6']);
      equal(await vault.getValue('token'), 'abc');
      await vault.lock();
      answering(vault, '1111');
      equal((await rejects(vault.getValue('token'), AuthFailed))['attemptsLeft'], 4);
    },
  },
  {
    name: 'at the limit, further guesses have to wait; nothing is lost',
    asks: true,
    async run(subject) {
      await passcodeVault(subject, { customPasscodeInvalidUnlockAttempts: 2 });
      const vault = await restarted(subject);
      answering(vault, '1111', '2222', '2580');
      equal((await rejects(vault.getValue('token'), AuthFailed))['attemptsLeft'], 1);
      equal((await rejects(vault.getValue('token'), AuthFailed))['attemptsLeft'], 0);
      const error = await rejects(vault.getValue('token'), TooManyFailedAttempts);
      ok(Number(error['retryAfter']) > 0, 'it tells how long to wait');
      const { condition, nextStep, retryAfter = 0 } = await vault.health();
      equal([condition, nextStep], ['locked', 'retry']);
      ok(retryAfter > 0 && retryAfter <= Number(error['retryAfter']), 'so does its health');
      equal(await vault.isEmpty(), false);
    },
  },
  {
    name: 'at the limit the vault is cleared if its configuration asks for that',
    asks: true,
    async run(subject) {
      await passcodeVault(subject, {
        customPasscodeInvalidUnlockAttempts: 2,
        shouldClearVaultAfterTooManyFailedAttempts: true,
      });
      const vault = await restarted(subject);
      const words = heard(vault);
      answering(vault, '1111', '2222');
      await rejects(vault.getValue('token'), AuthFailed);
      await rejects(vault.getValue('token'), TooManyFailedAttempts);
      equal(words, ['error 6', 'error 7']);
      equal(await vault.isEmpty(), true);
      equal(await vault.doesVaultExist(), false);
      equal(await vault.isLocked(), false);
    },
  },
  {
    name: 'the count of wrong passcodes survives a restart',
    asks: true,
    async run(subject) {
      const before = await passcodeVault(subject);
      await before.lock();
      answering(before, '1111');
      await rejects(before.unlock(), AuthFailed);
      const vault = await restarted(subject);
      answering(vault, '2222');
      equal((await rejects(vault.unlock(), AuthFailed))['attemptsLeft'], 3);
    },
  },
  {
    name: 'a passcode and entries may be set before there is a callback',
    async run(subject) {
      const vault = await initialized(subject, { type: VaultType.CustomPasscode });
      void vault.setCustomPasscode('2580');
      void vault.setValue('token', 'abc');
      equal(await vault.getValue('token'), 'abc');
      await vault.lock();
      answering(vault, '2580');
      equal(await vault.getValue('token'), 'abc');
    },
  },
  {
    name: 'without a passcode and without a callback the error says so',
    asks: true,
    async run(subject) {
      const vault = await initialized(subject, { type: VaultType.CustomPasscode });
      await rejects(vault.setValue('token', 'abc'), MissingPasscode);
      await vault.setCustomPasscode('2580');
      await vault.setValue('token', 'abc');
      await vault.lock();
      await rejects(vault.getValue('token'), MissingPasscode);
    },
  },
  {
    name: 'a passcode handed over while locked unlocks when that is needed',
    async run(subject) {
      await passcodeVault(subject);
      const vault = await restarted(subject);
      vault.onPasscodeRequested(() => ok(false, 'nobody is asked'));
      await vault.setCustomPasscode('2580');
      equal(await vault.isLocked(), true);
      equal(await vault.getValue('token'), 'abc');
    },
  },
  {
    name: 'setCustomPasscode changes the passcode of an unlocked vault',
    asks: true,
    async run(subject) {
      const before = await passcodeVault(subject);
      await before.setCustomPasscode('1111');
      const vault = await restarted(subject);
      answering(vault, '2580', '1111');
      await rejects(vault.getValue('token'), AuthFailed);
      equal(await vault.getValue('token'), 'abc');
    },
  },
  {
    name: 'setCustomPasscode is refused where the type has no passcode',
    async run(subject) {
      for (const type of [VaultType.SecureStorage, VaultType.InMemory]) {
        const vault = await initialized(subject, { key: type, type });
        await rejects(vault.setCustomPasscode('2580'), VaultErrorCodes.PasscodeNotEnabled);
      }
    },
  },
  {
    name: 'a passcode that is too long is refused',
    asks: true,
    async run(subject) {
      const vault = await passcodeVault(subject);
      const long = 'x'.repeat(1025);
      await rejects(vault.setCustomPasscode(long), VaultErrorCodes.InvalidArguments);
    },
  },
  {
    name: 'however many calls wait, one request serves them all',
    asks: true,
    async run(subject) {
      const vault = await passcodeVault(subject);
      await vault.lock();
      const asked = answering(vault, '2580');
      const reads = Array.from({ length: 20 }, () => vault.getValue('token'));
      equal(await Promise.all(reads), Array(20).fill('abc'));
      equal(asked, [false]);
    },
  },
  {
    name: 'who waits for the same unlock shares its refusal',
    asks: true,
    async run(subject) {
      const vault = await passcodeVault(subject);
      await vault.lock();
      const asked = answering(vault, '', '2580');
      const reads = [vault.getValue('token'), vault.getKeys(), vault.unlock()];
      for (const read of reads) {
        await rejects(read, UserCanceledInteraction);
      }
      equal(asked, [false]);
      equal(await vault.getValue('token'), 'abc');
    },
  },
  {
    name: 'lock while a passcode is asked for is a refusal',
    asks: true,
    async run(subject) {
      const vault = await passcodeVault(subject);
      await vault.lock();
      const asked = new Promise<void>((resolve) => vault.onPasscodeRequested(() => resolve()));
      const read = vault.getValue('token');
      await asked;
      await vault.lock();
      await rejects(read, UserCanceledInteraction);
      equal(await vault.isLocked(), true);
    },
  },
  {
    name: 'the request is told to subscribers before the unlock, and the unlock before the value',
    asks: true,
    async run(subject) {
      const vault = await passcodeVault(subject);
      await vault.lock();
      const order: string[] = [];
      vault.subscribe(({ type }) => order.push(type));
      answering(vault, '2580');
      await vault.getValue('token').then(() => order.push('value'));
      equal(order, ['passcodeRequested', 'unlock', 'value']);
    },
  },
  {
    name: 'a vault of one tab asks nobody, and locks and unlocks all the same',
    asks: false,
    async run(subject) {
      const vault = await initialized(subject, { type: VaultType.CustomPasscode });
      const words = heard(vault);
      vault.onPasscodeRequested(() => ok(false, 'nobody is asked'));
      await vault.setValue('token', 'abc');
      await vault.setCustomPasscode('1111');
      await vault.lock();
      equal(await vault.isLocked(), true);
      equal(await vault.getValue('token'), 'abc');
      equal(words, ['locked', 'unlocked']);
      const again = await restarted(subject);
      equal(await again.isLocked(), true);
      equal(await again.getValue('token'), 'abc');
    },
  },
];
