import type { Protection } from './messages.js';

/** How a vault is opened. */
export enum VaultType {
  /** By the device's own key store, without asking. Cannot be locked. */
  SecureStorage = 'SecureStorage',
  /** By the person's face, finger or device passcode; see {@link DeviceSecurityType}. */
  DeviceSecurity = 'DeviceSecurity',
  /** By a passcode that the app asks for; see {@link Vault.onPasscodeRequested}. */
  CustomPasscode = 'CustomPasscode',
  /** Lives in memory only: locking it, or leaving the page, ends its data. */
  InMemory = 'InMemory',
}

/** What the device asks a person for, in a vault of the type `DeviceSecurity`. */
export enum DeviceSecurityType {
  /** The device's own passcode, PIN or password. */
  SystemPasscode = 'SystemPasscode',
  /** Face, finger or iris. */
  Biometrics = 'Biometrics',
  /** Biometrics, and the device's passcode where they fail or are not enrolled. */
  Both = 'Both',
  /** Nothing: for vaults of the other types. */
  None = 'None',
}

/**
 * What Android prefers in a vault with `DeviceSecurityType.Both` where it cannot have both a key
 * that strong biometrics release and the fallback to the system's passcode.
 */
export enum AndroidBiometricCryptoPreference {
  /** The key that strong biometrics release. */
  StrongVault = 'StrongVault',
  /** The fallback to the system's passcode. */
  SystemPasscode = 'SystemPasscode',
}

/** Words for the device's own prompt. Each has at most 1,024 bytes of UTF-8. */
export interface PromptConfig {
  /** Android: the title. "Please Authenticate" if absent. */
  androidBiometricsPromptTitle?: string;
  /** Android: the line below the title. */
  androidBiometricsPromptSubtitle?: string;
  /** Android: the text. */
  androidBiometricsPromptDescription?: string;
  /** Android: the button that dismisses the prompt. "Cancel" if absent. */
  androidBiometricsNegativeButtonText?: string;
  /** iOS: why the person is asked. */
  iosBiometricsLocalizedReason?: string;
  /** iOS: the button that dismisses the prompt. */
  iosBiometricsLocalizedCancelTitle?: string;
}

/**
 * A vault's configuration. It is stored with the vault and authenticated when the vault opens.
 */
export interface IdentityVaultConfig extends PromptConfig {
  /** The vault's name, unique among the vaults of this app: 1 to 1,024 bytes of UTF-8. */
  key: string;
  /** How the vault is opened. */
  type: VaultType;
  /**
   * What the device asks for. `None` if absent; a `DeviceSecurity` vault needs one of the others.
   */
  deviceSecurityType?: DeviceSecurityType;
  /**
   * How long the app may be in the background before the vault locks, in milliseconds: 0 to ten
   * years. Never if absent or `null`.
   */
  lockAfterBackgrounded?: number | null;
  /** Unlock the vault as the last step of initialising it, which may prompt. False if absent. */
  unlockVaultOnLoad?: boolean;
  /**
   * Clear the vault at the limit of wrong passcodes. If false or absent, further guesses have to
   * wait instead, longer each time, from 30 seconds up to an hour.
   */
  shouldClearVaultAfterTooManyFailedAttempts?: boolean;
  /** The limit of wrong passcodes: 1 to 1,000. 5 if absent. */
  customPasscodeInvalidUnlockAttempts?: number;
  /** See {@link AndroidBiometricCryptoPreference}. `StrongVault` if absent. */
  androidBiometricsPreferStrongVaultOrSystemPasscode?: AndroidBiometricCryptoPreference;
  /** iOS: the button that leads to the device's passcode. */
  iosBiometricsLocalizedFallbackTitle?: string;
  /**
   * Beyond Identity Vault: what the app accepts, in its order, where this device does not have what
   * `type` and `deviceSecurityType` want. Nothing if absent or empty: then what would make the
   * vault's key rejects with `SecurityNotAvailable`, or, for `DeviceSecurity`, with
   * `BiometricsNotEnabled`.
   *
   * A weaker protection is taken only when the device says that it has no such thing, and never
   * because a key store is locked or a person refuses. It is told by the event
   * `protectionWeakened`, and raised once the device can: by itself where nobody has to be asked,
   * else by {@link Vault.raise}. Each at most once; `PasscodeAlone` cannot be listed, because
   * `CustomPasscode` stands for it.
   */
  fallback?: Protection[] | null;
}
