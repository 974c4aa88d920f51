// What apps do when a vault cannot be read.

import { VaultErrorCodes, VaultType } from 'keyward';

import { equal, ok, rejects } from './check.js';
import type { Case, Subject } from './subject.js';
import { config, heard, initialized, restarted } from './vaults.js';

async function stored(subject: Subject) {
  const vault = await initialized(subject);
  await vault.setValue('token', 'abc');
  await subject.restart();
}

export const trouble: Case[] = [
  {
    name: 'initialize rejects for a damaged vault; clear and updateConfig make it good',
    async run(subject) {
      await stored(subject);
      await subject.damage();
      const vault = subject.open();
      const words = heard(vault);
      await rejects(vault.initialize(config()), VaultErrorCodes.Damaged);
      equal(words, ['error 100']);
      equal(vault.config, config());
      await rejects(vault.getValue('token'), VaultErrorCodes.Damaged);
      await rejects(vault.isEmpty(), VaultErrorCodes.Damaged);

      await vault.clear();
      await vault.updateConfig({ ...vault.config, type: VaultType.SecureStorage });
      await vault.setValue('token', 'def');
      equal(await (await restarted(subject)).getValue('token'), 'def');
    },
  },
  {
    name: 'a damaged vault stays as it is until it is cleared',
    async run(subject) {
      await stored(subject);
      await subject.damage();
      for (const _ of [1, 2]) {
        const vault = subject.open();
        await rejects(vault.initialize(config()), VaultErrorCodes.Damaged);
        await rejects(vault.setValue('token', 'def'), VaultErrorCodes.Damaged);
        await subject.restart();
      }
    },
  },
  {
    name: 'a lost key is told as such, and updateConfig and clear lead out of it',
    async run(subject) {
      await stored(subject);
      await subject.loseKeys();
      const vault = await initialized(subject);
      vault.onPasscodeRequested(() => ok(false, 'nobody is asked'));
      const words = heard(vault);
      await rejects(vault.getValue('token'), VaultErrorCodes.InvalidatedCredential);
      await rejects(vault.unlock(), VaultErrorCodes.InvalidatedCredential);
      equal(words, ['error 4', 'error 4']);
      equal(await vault.isEmpty(), false, 'whether the sealed entries are gone');

      await vault.updateConfig({ ...vault.config, type: VaultType.SecureStorage });
      await vault.clear();
      equal(await vault.isEmpty(), true);
      await vault.setValue('token', 'def');
      equal(await (await restarted(subject)).getValue('token'), 'def');
    },
  },
];
