// How apps written for Identity Vault 5 use it: options in the constructor, `config` read without a
// guard, `onComplete`, and the names that version 6 no longer has.

import {
  AndroidBiometricCryptoPreference,
  AuthMode,
  BrowserVault,
  Device,
  DeviceError,
  DeviceErrorCodes,
  DeviceSecurityType,
  IdentityVaultConfig,
  PromptConfig,
  SupportedBiometricType,
  Vault,
  VaultDescriptor,
  VaultError,
  VaultErrorCodes,
  VaultMigrator,
  VaultOptions,
  VaultType,
} from '@ionic-enterprise/identity-vault';

type UnlockMode = 'Biometrics' | 'Passcode' | 'Never' | 'Memory';

interface Session {
  user: string;
  accessToken: string;
}

export class SessionVault {
  readonly vault: Vault | BrowserVault;
  private locked = false;
  onLocked: (byTime: boolean) => void = () => {};

  constructor(native: boolean) {
    const config: IdentityVaultConfig = {
      key: 'com.example.session',
      type: VaultType.DeviceSecurity,
      deviceSecurityType: DeviceSecurityType.Both,
      lockAfterBackgrounded: 2000,
      unlockVaultOnLoad: false,
      shouldClearVaultAfterTooManyFailedAttempts: true,
      customPasscodeInvalidUnlockAttempts: 2,
      androidBiometricsPreferStrongVaultOrSystemPasscode:
        AndroidBiometricCryptoPreference.SystemPasscode,
      androidBiometricsNegativeButtonText: 'Not now',
      iosBiometricsLocalizedFallbackTitle: 'Passcode',
    };
    this.vault = native ? new Vault(config) : new BrowserVault(config);
    this.vault.onLock((event) => {
      this.locked = true;
      this.onLocked(event.timeout);
    });
    this.vault.onUnlock(() => (this.locked = false));
    this.vault.onError((error) => console.error(error.code, error.message));
    this.vault.onConfigChanged((config: IdentityVaultConfig) => console.log(config.type));
    this.vault.onPasscodeRequested(
      async (isPasscodeSetRequest: boolean, onComplete: (code: string) => void) => {
        const code = await this.dialog(isPasscodeSetRequest);
        onComplete(code);
      },
    );
  }

  get isLocked(): boolean {
    return this.locked;
  }

  get asksForPasscode(): boolean {
    return this.vault.config.type === VaultType.CustomPasscode;
  }

  get limit(): number {
    return this.vault.config.customPasscodeInvalidUnlockAttempts || 5;
  }

  async setUnlockMode(mode: UnlockMode): Promise<void> {
    const type = {
      Biometrics: VaultType.DeviceSecurity,
      Passcode: VaultType.CustomPasscode,
      Never: VaultType.SecureStorage,
      Memory: VaultType.InMemory,
    }[mode];
    await this.vault.updateConfig({
      ...this.vault.config,
      type,
      deviceSecurityType:
        type === VaultType.DeviceSecurity ? DeviceSecurityType.Both : DeviceSecurityType.None,
    });
  }

  async restore(): Promise<Session | null> {
    if (!(await this.vault.doesVaultExist()) || (await this.vault.isEmpty())) {
      return null;
    }
    try {
      return await this.vault.getValue<Session>('session');
    } catch (error) {
      const { code } = error as VaultError;
      if (code === VaultErrorCodes.UserCanceledInteraction) {
        return null;
      }
      throw error;
    }
  }

  async save(session: Session): Promise<void> {
    await this.vault.setValue('session', session);
    await this.vault.setValue<string>('user', session.user);
    const loose = await this.vault.getValue('user');
    console.log(loose.length);
  }

  async migrate(options: VaultOptions, descriptor?: VaultDescriptor): Promise<void> {
    const migrator = new VaultMigrator(
      { ...options, authMode: AuthMode.BiometricOrPasscode, lockAfter: 5000 },
      async (isPasscodeSetRequest) => (isPasscodeSetRequest ? undefined : this.dialog(false)),
      descriptor,
    );
    const data = await migrator.exportVault();
    if (data) {
      await this.vault.importVault(data);
      await migrator.clear();
    }
  }

  async device(): Promise<string[]> {
    await Device.setHideScreenOnBackground(true);
    const hardware: SupportedBiometricType[] = await Device.getAvailableHardware();
    const prompt: PromptConfig = { androidBiometricsPromptTitle: 'Is it you?' };
    try {
      await Device.showBiometricPrompt(prompt);
    } catch (error: any) {
      const failure: DeviceError = error;
      return [DeviceErrorCodes[failure.code]];
    }
    return (await Device.isHideScreenOnBackgroundEnabled()) ? hardware : [];
  }

  private dialog(isPasscodeSetRequest: boolean): Promise<string> {
    return Promise.resolve(isPasscodeSetRequest ? '2580' : '');
  }
}
