import {
  BiometricPermissionState,
  BiometricSecurityStrength,
  Device,
  DeviceErrorCodes,
  DeviceSecurityType,
  SupportedBiometricType,
  VaultType,
} from 'keyward';

import { equal, ok, rejects } from './check.js';
import type { Case } from './subject.js';
import { initialized } from './vaults.js';

const oneOf = (values: object, value: unknown) => Object.values(values).includes(value);

export const device: Case[] = [
  {
    name: 'every question about the device is answered, in its type',
    async run() {
      const hardware = await Device.getAvailableHardware();
      ok(
        hardware.every((kind) => oneOf(SupportedBiometricType, kind)),
        'the hardware is known',
      );
      for (const question of [
        'hasSecureHardware',
        'isBiometricsSupported',
        'isBiometricsEnabled',
        'isLockedOutOfBiometrics',
        'isSystemPasscodeSet',
        'isHideScreenOnBackgroundEnabled',
      ] as const) {
        equal(typeof (await Device[question]()), 'boolean', question);
      }
      ok(oneOf(BiometricPermissionState, await Device.isBiometricsAllowed()), 'the permission is');
      ok(
        oneOf(BiometricSecurityStrength, await Device.getBiometricStrengthLevel()),
        'the strength is one of its kinds',
      );
    },
  },
  {
    name: 'setHideScreenOnBackground resolves, also where it can do nothing',
    async run() {
      equal(await Device.setHideScreenOnBackground(), undefined);
      equal(await Device.setHideScreenOnBackground(true, true), undefined);
      equal(await Device.setHideScreenOnBackground(false), undefined);
    },
  },
  {
    name: 'showBiometricPrompt resolves when the person is recognised',
    asks: true,
    verifies: true,
    async run(subject) {
      await subject.person('recognised');
      equal(await Device.isBiometricsSupported(), true);
      // A browser can verify only whom it knows already.
      const vault = await initialized(subject, {
        type: VaultType.DeviceSecurity,
        deviceSecurityType: DeviceSecurityType.Both,
      });
      await vault.enroll();
      equal(await Device.showBiometricPrompt({ iosBiometricsLocalizedReason: 'Why' }), undefined);
    },
  },
  {
    name: 'showBiometricPrompt rejects with a DeviceError where nobody can be verified',
    async run(subject) {
      await subject.person('absent');
      equal(await Device.isBiometricsSupported(), false);
      equal(await Device.isBiometricsEnabled(), false);
      const { name } = await rejects(
        Device.showBiometricPrompt({}),
        DeviceErrorCodes.BiometricsNotEnabled,
      );
      equal(name, 'DeviceError');
    },
  },
];
