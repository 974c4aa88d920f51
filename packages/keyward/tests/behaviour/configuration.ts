import { DeviceSecurityType, type IdentityVaultConfig, VaultErrorCodes, VaultType } from 'keyward';

import { equal, ok, rejects } from './check.js';
import type { Case } from './subject.js';
import { answering, config, heard, initialized, passcodeVault, restarted } from './vaults.js';

export const configuration: Case[] = [
  {
    name: 'config is undefined before initialisation, and can be spread and assigned then',
    async run(subject) {
      const vault = subject.open();
      equal(vault.config, undefined);
      equal({ ...vault.config }, {});
      vault.config = config({ key: 'assigned' });
      equal(vault.config.key, 'assigned');
      vault.config = undefined;
      equal(vault.config, undefined);
      equal('config' in vault, true);
    },
  },
  {
    name: 'config is there when initialize resolves, with what was given',
    async run(subject) {
      const given = config({
        deviceSecurityType: DeviceSecurityType.None,
        lockAfterBackgrounded: 2000,
        unlockVaultOnLoad: false,
        shouldClearVaultAfterTooManyFailedAttempts: true,
        customPasscodeInvalidUnlockAttempts: 3,
        androidBiometricsPromptTitle: 'Who is there?',
        iosBiometricsLocalizedReason: 'To see your tokens',
      });
      const vault = await initialized(subject, given);
      equal({ ...vault.config, ...given }, vault.config, 'config');
      equal(vault.config.lockAfterBackgrounded, 2000);
    },
  },
  {
    name: 'null and undefined stand for the defaults',
    async run(subject) {
      const vault = await initialized(subject, {
        lockAfterBackgrounded: null,
        unlockVaultOnLoad: undefined as never,
        customPasscodeInvalidUnlockAttempts: undefined as never,
      });
      equal(vault.config.lockAfterBackgrounded ?? null, null);
      equal(vault.config.unlockVaultOnLoad ?? false, false);
      equal(vault.config.customPasscodeInvalidUnlockAttempts ?? 5, 5);
      equal(vault.config.deviceSecurityType ?? 'None', 'None');
    },
  },
  {
    name: 'a vault that exists keeps its stored configuration',
    async run(subject) {
      const before = await initialized(subject, { lockAfterBackgrounded: 5000 });
      await before.setValue('token', 'abc');
      await subject.restart();
      const vault = await initialized(subject, {
        type: VaultType.InMemory,
        lockAfterBackgrounded: 1000,
      });
      equal(vault.config.type, 'SecureStorage');
      equal(vault.config.lockAfterBackgrounded, 5000);
      equal(await vault.getValue('token'), 'abc');
    },
  },
  {
    name: 'initialize may be called again',
    async run(subject) {
      const vault = await initialized(subject);
      await vault.setValue('token', 'abc');
      await vault.initialize(config());
      equal(await vault.getValue('token'), 'abc');
    },
  },
  {
    name: 'a constructor with a configuration initialises',
    async run(subject) {
      const vault = subject.open(config({ type: VaultType.InMemory }));
      equal(vault.config.type, 'InMemory');
      await vault.setValue('token', 'abc');
      equal(await vault.getValue('token'), 'abc');
      await vault.initialize(config({ type: VaultType.InMemory }));
      equal(await vault.getValue('token'), 'abc');
    },
  },
  {
    name: 'a configuration that cannot be is refused',
    async run(subject) {
      const wrong: Partial<IdentityVaultConfig>[] = [
        { key: '' },
        { key: 'k'.repeat(1025) },
        { key: undefined as never },
        { type: 'Telepathy' as never },
        { type: undefined as never },
        { type: VaultType.DeviceSecurity },
        { lockAfterBackgrounded: -1 },
        { lockAfterBackgrounded: 'soon' as never },
        { lockAfterBackgrounded: 1n as never },
        { customPasscodeInvalidUnlockAttempts: 0 },
      ];
      for (const part of wrong) {
        const vault = subject.open();
        const words = heard(vault);
        await rejects(vault.initialize(config(part)), VaultErrorCodes.InvalidArguments);
        equal(vault.config, undefined);
        equal(words, ['error 3']);
      }
      const vault = await initialized(subject);
      const { config: before } = vault;
      for (const part of wrong) {
        await rejects(vault.updateConfig(config(part)), VaultErrorCodes.InvalidArguments);
        equal(vault.config, before);
      }
    },
  },
  {
    name: 'updateConfig replaces the whole configuration, tells of it once, and persists',
    async run(subject) {
      const before = await initialized(subject, { lockAfterBackgrounded: 5000 });
      await before.setValue('token', 'abc');
      const words = heard(before);
      const seen: unknown[] = [];
      before.onConfigChanged((config) => seen.push(config, before.config));
      await before.updateConfig(config({ androidBiometricsPromptTitle: 'Who is there?' }));
      equal(before.config.lockAfterBackgrounded ?? null, null);
      equal(before.config.androidBiometricsPromptTitle, 'Who is there?');
      equal(seen, [before.config, before.config]);
      equal(words, []);
      const vault = await restarted(subject);
      equal(vault.config.androidBiometricsPromptTitle, 'Who is there?');
      equal(vault.config.lockAfterBackgrounded ?? null, null);
      equal(await vault.getValue('token'), 'abc');
    },
  },
  {
    name: 'updateConfig that changes nothing tells nobody',
    async run(subject) {
      const vault = await initialized(subject);
      const words = heard(vault);
      await vault.updateConfig({ ...vault.config });
      equal(words, []);
    },
  },
  {
    name: 'the entries stay through every change of type, both ways',
    async run(subject) {
      const vault = await initialized(subject);
      answering(vault, ...Array<string>(10).fill('2580'));
      await vault.setValue('token', 'abc');
      const { SecureStorage, CustomPasscode, InMemory } = VaultType;
      for (const type of [CustomPasscode, SecureStorage, InMemory, CustomPasscode, InMemory]) {
        await vault.updateConfig({ ...vault.config, type });
        equal(vault.config.type, type);
        equal(await vault.getValue('token'), 'abc', `after the change to ${type}`);
      }
      await vault.updateConfig({ ...vault.config, type: SecureStorage });
      equal(await (await restarted(subject)).getValue('token'), 'abc');
    },
  },
  {
    name: 'updateConfig asks for the new passcode, and leaves all as it was if there is none',
    asks: true,
    async run(subject) {
      const vault = await initialized(subject);
      await vault.setValue('token', 'abc');
      const asked = answering(vault, '');
      const changed = vault.updateConfig({ ...vault.config, type: VaultType.CustomPasscode });
      await rejects(changed, VaultErrorCodes.UserCanceledInteraction);
      equal(asked, [true]);
      equal(vault.config.type, 'SecureStorage');
      equal(await (await restarted(subject)).getValue('token'), 'abc');
    },
  },
  {
    name: 'updateConfig of a locked vault unlocks it first, with one request',
    asks: true,
    async run(subject) {
      const vault = await passcodeVault(subject);
      await vault.lock();
      const asked = answering(vault, '', '2580');
      const plain = { ...vault.config, type: VaultType.SecureStorage };
      await rejects(vault.updateConfig(plain), VaultErrorCodes.UserCanceledInteraction);
      equal(vault.config.type, 'CustomPasscode');
      await vault.updateConfig(plain);
      equal(asked, [false, false]);
      equal(await vault.getValue('token'), 'abc');
    },
  },
  {
    name: 'updateConfig of an empty vault asks nobody',
    async run(subject) {
      const before = await initialized(subject, { type: VaultType.CustomPasscode });
      await before.setCustomPasscode('2580');
      await before.setValue('token', 'abc');
      await before.removeValue('token');
      await subject.restart();
      const vault = await initialized(subject);
      vault.onPasscodeRequested(() => ok(false, 'nobody is asked'));
      await vault.updateConfig({ ...vault.config, type: VaultType.SecureStorage });
      equal(vault.config.type, 'SecureStorage');
      equal(await vault.isEmpty(), true);
    },
  },
];
