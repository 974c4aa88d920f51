import { DeviceSecurityType, VaultErrorCodes, VaultType } from 'keyward';

import { equal, rejects } from './check.js';
import type { Case, Subject } from './subject.js';
import { heard, initialized, restarted } from './vaults.js';

const type = VaultType.DeviceSecurity;
const deviceSecurityType = DeviceSecurityType.Both;

async function withEntry(subject: Subject) {
  await subject.person('recognised');
  const vault = await initialized(subject, { type, deviceSecurityType });
  await vault.setValue('token', 'abc');
  return vault;
}

export const deviceSecurity: Case[] = [
  {
    name: 'a DeviceSecurity vault locks, and opens when the device recognises the person',
    page: true,
    async run(subject) {
      const vault = await withEntry(subject);
      const words = heard(vault);
      equal(await vault.getValue('token'), 'abc');
      await vault.lock();
      equal(await vault.isLocked(), true);
      equal(await vault.getValue('token'), 'abc');
      equal(words, ['locked', 'unlocked']);
    },
  },
  {
    name: 'a DeviceSecurity vault is locked after a restart',
    page: true,
    async run(subject) {
      await withEntry(subject);
      const vault = await restarted(subject);
      equal(vault.config.type, 'DeviceSecurity');
      equal(vault.config.deviceSecurityType, 'Both');
      equal(await vault.isLocked(), true);
      equal(await vault.isEmpty(), false);
      await vault.unlock();
      equal(await vault.getValue('token'), 'abc');
    },
  },
  {
    name: 'each kind of device security can be chosen and changed, and the entries stay',
    page: true,
    async run(subject) {
      await subject.person('recognised');
      const vault = await initialized(subject);
      await vault.setValue('token', 'abc');
      const { Both, Biometrics, SystemPasscode, None } = DeviceSecurityType;
      for (const deviceSecurityType of [Both, Biometrics, SystemPasscode]) {
        await vault.updateConfig({ ...vault.config, type, deviceSecurityType });
        await vault.lock();
        equal(await vault.getValue('token'), 'abc');
      }
      await vault.updateConfig({
        ...vault.config,
        type: VaultType.SecureStorage,
        deviceSecurityType: None,
      });
      equal(await (await restarted(subject)).getValue('token'), 'abc');
    },
  },
  {
    name: 'a person who is not recognised does not open it',
    page: true,
    asks: true,
    async run(subject) {
      const vault = await withEntry(subject);
      await vault.lock();
      const words = heard(vault);
      await subject.person('unknown');
      const error = await vault.getValue('token').catch((error: unknown) => error);
      const { code } = error as { code: VaultErrorCodes };
      const refusals = [VaultErrorCodes.AuthFailed, VaultErrorCodes.UserCanceledInteraction];
      equal(refusals.includes(code), true, `whether ${code} is a refusal`);
      equal(words, [`error ${code}`]);
      equal(await vault.isLocked(), true);
      equal(await vault.isEmpty(), false);
    },
  },
  {
    name: 'where the device cannot verify anyone, the vault says so and nothing changes',
    asks: true,
    async run(subject) {
      await subject.person('absent');
      const vault = await initialized(subject);
      await vault.setValue('token', 'abc');
      await rejects(
        vault.updateConfig({ ...vault.config, type, deviceSecurityType }),
        VaultErrorCodes.BiometricsNotEnabled,
      );
      equal(vault.config.type, 'SecureStorage');
      equal(await (await restarted(subject)).getValue('token'), 'abc');
    },
  },
];
