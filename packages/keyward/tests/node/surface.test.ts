// The names and numbers that apps written for Identity Vault rely on.

import * as keyward from 'keyward';
import { expect, test } from 'vitest';

test.each([
  'AndroidBiometricCryptoPreference',
  'AuthMode',
  'BiometricPermissionState',
  'BiometricSecurityStrength',
  'BrowserVault',
  'Device',
  'DeviceError',
  'DeviceErrorCodes',
  'DeviceSecurityType',
  'SupportedBiometricType',
  'Vault',
  'VaultError',
  'VaultErrorCodes',
  'VaultMigrator',
  'VaultType',
])('%s is exported', (name) => {
  expect(keyward).toHaveProperty(name);
});

test.each(['VaultType', 'DeviceSecurityType', 'AndroidBiometricCryptoPreference'] as const)(
  'a member of %s has its name as its value',
  (name) => {
    for (const [member, value] of Object.entries(keyward[name])) {
      expect(value).toBe(member);
    }
  },
);

test('the enumerations have all their members', () => {
  expect(Object.keys(keyward.VaultType)).toEqual([
    'SecureStorage',
    'DeviceSecurity',
    'CustomPasscode',
    'InMemory',
  ]);
  expect(Object.keys(keyward.DeviceSecurityType)).toEqual([
    'SystemPasscode',
    'Biometrics',
    'Both',
    'None',
  ]);
  expect(Object.keys(keyward.AndroidBiometricCryptoPreference)).toEqual([
    'StrongVault',
    'SystemPasscode',
  ]);
  expect(keyward.SupportedBiometricType).toEqual({
    Fingerprint: 'fingerprint',
    Face: 'face',
    Iris: 'iris',
  });
  expect(keyward.BiometricSecurityStrength).toEqual({ Weak: 'weak', Strong: 'strong' });
  expect(keyward.BiometricPermissionState).toEqual({
    Granted: 'granted',
    Denied: 'denied',
    Prompt: 'prompt',
  });
});

/** The numbers of a numeric enumeration, in their order. */
const numbered = (members: object) =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => typeof value === 'number'));

test('the codes are those that apps know, and ours begin at 100', () => {
  expect(numbered(keyward.VaultErrorCodes)).toEqual({
    Unknown: 0,
    VaultLocked: 1,
    VaultUnavailable: 2,
    InvalidArguments: 3,
    InvalidatedCredential: 4,
    SecurityNotAvailable: 5,
    AuthFailed: 6,
    TooManyFailedAttempts: 7,
    UserCanceledInteraction: 8,
    MismatchedPasscode: 9,
    MissingPasscode: 10,
    PasscodeNotEnabled: 11,
    KeyNotFound: 12,
    BiometricsNotEnabled: 13,
    InvalidAuthMode: 14,
    MissingBiometrics: 15,
    AndroidSystemPasscodeUnavailable: 16,
    AndroidBiometricsLockedOut: 17,
    iOSBiometricsLockedOut: 18,
    AndroidUnexpectedKeystoreError: 19,
    Damaged: 100,
    TooNew: 101,
    StorageFull: 102,
    EpochExhausted: 103,
    Stopped: 104,
    WrongRecoveryCode: 120,
    WrongRecoveryKey: 121,
    NoRecovery: 122,
    NothingToRecover: 123,
    NotARecoveryCode: 124,
    NotARecoveryKey: 125,
  });
  expect(numbered(keyward.DeviceErrorCodes)).toEqual({
    Unknown: 0,
    InvalidArguments: 1,
    UserCanceledInteraction: 2,
    SecurityNotAvailable: 3,
    AuthFailed: 4,
    BiometricsLockedOut: 5,
    BiometricsNotEnabled: 6,
  });
  expect(keyward.VaultErrorCodes[6]).toBe('AuthFailed');
});

test('the numbers of version 4 are there for those who migrate', () => {
  expect(numbered(keyward.AuthMode)).toEqual({
    BiometricOnly: 0,
    PasscodeOnly: 1,
    BiometricAndPasscode: 2,
    InMemoryOnly: 3,
    BiometricOrPasscode: 4,
    SecureStorage: 5,
  });
});

test('there is nothing of version 4 to take over', async () => {
  const migrator = new keyward.VaultMigrator(
    { authMode: keyward.AuthMode.PasscodeOnly, lockAfter: 5000 },
    () => expect.fail('nobody is asked'),
    { username: 'ada', vaultId: 'session' },
  );
  expect(await migrator.exportVault()).toBeUndefined();
  expect(await migrator.clear()).toBeUndefined();
});

test('Vault and BrowserVault have every member that apps call', () => {
  for (const kind of [keyward.Vault, keyward.BrowserVault]) {
    const vault = new kind() as unknown as Record<string, unknown>;
    for (const member of [
      'initialize',
      'clear',
      'removeValue',
      'getValue',
      'setValue',
      'getKeys',
      'exportVault',
      'importVault',
      'isEmpty',
      'isLocked',
      'doesVaultExist',
      'lock',
      'unlock',
      'setCustomPasscode',
      'updateConfig',
      'onLock',
      'onUnlock',
      'onConfigChanged',
      'onError',
      'onPasscodeRequested',
    ]) {
      expect(typeof vault[member], member).toBe('function');
    }
    expect(vault).toHaveProperty('config', undefined);
  }
});

test('errors are objects with a code and a message, and real errors', () => {
  const error = new keyward.VaultError(keyward.VaultErrorCodes.AuthFailed, 'no');
  expect(error).toBeInstanceOf(Error);
  expect(error).toMatchObject({ code: 6, message: 'no', name: 'VaultError' });
  expect(JSON.parse(JSON.stringify(error))).toMatchObject({ code: 6 });
  const failure = new keyward.DeviceError(keyward.DeviceErrorCodes.AuthFailed, 'no');
  expect(failure).toBeInstanceOf(Error);
  expect(failure).toMatchObject({ code: 4, message: 'no', name: 'DeviceError' });
});
