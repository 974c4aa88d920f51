// How apps written for Identity Vault 6 use it: `initialize`, `config` guarded and cast, the promise
// form of the passcode callback.

import {
  BiometricPermissionState,
  BiometricSecurityStrength,
  BrowserVault,
  Device,
  DeviceSecurityType,
  type IdentityVaultConfig,
  Vault,
  type VaultError,
  VaultErrorCodes,
  VaultType,
} from '@ionic-enterprise/identity-vault';

const createVault = (native: boolean): Vault => (native ? new Vault() : new BrowserVault());

const vault = createVault(true);

export async function initializeVault(): Promise<void> {
  try {
    await vault.initialize({
      key: 'com.example.session',
      type: VaultType.SecureStorage,
      deviceSecurityType: DeviceSecurityType.None,
      lockAfterBackgrounded: null,
    });
  } catch (error: unknown) {
    await vault.clear();
    await updateMode(VaultType.SecureStorage);
    console.warn((error as VaultError).message);
  }
  await vault.onLock((event: { timeout: boolean }) => console.log(event.timeout));
  vault.onPasscodeRequested(async (isPasscodeSetRequest: boolean) => {
    const code = await dialog(isPasscodeSetRequest);
    await vault.setCustomPasscode(code ?? '');
  });
}

export async function updateMode(type: VaultType): Promise<void> {
  const deviceSecurityType =
    type === VaultType.DeviceSecurity ? DeviceSecurityType.Biometrics : DeviceSecurityType.None;
  await vault.updateConfig({ ...(vault.config as IdentityVaultConfig), type, deviceSecurityType });
}

export const isPasscodeVault = (): boolean => vault.config?.type === VaultType.CustomPasscode;

export function explain(error: unknown): string {
  switch ((error as VaultError).code) {
    case VaultErrorCodes.AuthFailed:
      return 'wrong';
    case VaultErrorCodes.iOSBiometricsLockedOut:
    case VaultErrorCodes.AndroidBiometricsLockedOut:
      return 'locked out';
    case VaultErrorCodes.InvalidatedCredential:
      return 'lost';
    default:
      return VaultErrorCodes[(error as VaultError).code];
  }
}

export async function canUseBiometrics(): Promise<boolean> {
  return (
    (await Device.isBiometricsSupported()) &&
    (await Device.isBiometricsEnabled()) &&
    !(await Device.isLockedOutOfBiometrics()) &&
    (await Device.isBiometricsAllowed()) !== BiometricPermissionState.Denied &&
    (await Device.getBiometricStrengthLevel()) === BiometricSecurityStrength.Strong
  );
}

async function dialog(isPasscodeSetRequest: boolean): Promise<string | undefined> {
  return isPasscodeSetRequest ? '2580' : undefined;
}
