// A device that cannot do what was wanted.

import { DeviceSecurityType, type VaultEvent, VaultErrorCodes, VaultType } from 'keyward';

import { equal, rejects } from './check.js';
import type { Case } from './subject.js';
import { initialized, restarted } from './vaults.js';

const type = VaultType.DeviceSecurity;
const deviceSecurityType = DeviceSecurityType.Biometrics;

export const fallback: Case[] = [
  {
    name: 'a vault takes what the app lists, says so, and is raised when the app asks for it',
    asks: true,
    async run(subject) {
      await subject.person('absent');
      const before = await initialized(subject, {
        type,
        deviceSecurityType,
        fallback: ['SecureStorage'],
      });
      const events: VaultEvent[] = [];
      before.subscribe((event) => events.push(event));
      const start = Date.now();
      await before.setValue('token', 'abc');
      equal(events, [
        { type: 'protectionWeakened', wanted: 'Biometrics', present: 'SecureStorage' },
      ]);
      equal(await before.raise(), false);
      await before.lock();
      equal(await before.isLocked(), false);

      const vault = await restarted(subject);
      equal(vault.config.type, 'DeviceSecurity');
      equal(vault.config.fallback, ['SecureStorage']);
      const { stored } = await vault.inspect();
      equal(stored?.weakenedTo, 'SecureStorage');
      const [change] = stored!.protectionChanges;
      equal(
        { ...change, at: 0 },
        { turn: 'weakened', from: 'Biometrics', to: 'SecureStorage', at: 0 },
      );
      equal(change!.at >= start && change!.at <= Date.now(), true);
      equal(await vault.getValue('token'), 'abc');
      if (!subject.verifies) {
        return;
      }

      await subject.person('recognised');
      equal(await vault.raise(), true);
      equal((await vault.inspect()).stored?.weakenedTo, null);
      await vault.lock();
      equal(await vault.isLocked(), true);
      equal(await vault.getValue('token'), 'abc');
    },
  },
  {
    name: 'a list is kept, and what it cannot hold is refused',
    async run(subject) {
      const vault = await initialized(subject, { fallback: ['CustomPasscode', 'KeyFile'] });
      equal(vault.config.fallback, ['CustomPasscode', 'KeyFile']);
      await vault.setValue('token', 'abc');
      await rejects(
        vault.updateConfig({ ...vault.config, fallback: ['PasscodeAlone'] }),
        VaultErrorCodes.InvalidArguments,
      );
      const { fallback: _, ...without } = vault.config;
      await vault.updateConfig(without);
      equal(vault.config.fallback, undefined);
      equal(await vault.getValue('token'), 'abc');
    },
  },
];
