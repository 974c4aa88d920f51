/**
 * A vault for an app's session tokens and keys, on the user's own device.
 *
 * @packageDocumentation
 */

export {
  AndroidBiometricCryptoPreference,
  DeviceSecurityType,
  VaultType,
  type IdentityVaultConfig,
  type PromptConfig,
} from './config.js';
export {
  BiometricPermissionState,
  BiometricSecurityStrength,
  Device,
  SupportedBiometricType,
} from './device.js';
export type { MaybeAsyncDisposable, MaybeDisposable } from './disposal.js';
export {
  DeviceError,
  DeviceErrorCodes,
  VaultError,
  VaultErrorCodes,
  type DeviceErrorConstructor,
  type VaultErrorConstructor,
} from './errors.js';
export type { LockEvent, Unsubscribe, VaultEvent, VaultEventOf } from './events.js';
export type {
  Argon2Inspection,
  Assurance,
  Capabilities,
  Capability,
  Health,
  HealthCondition,
  Inspection,
  LockCause,
  NextStep,
  Obstacle,
  Older,
  Phase,
  Protection,
  ProtectionChange,
  SlotInspection,
  StoredInspection,
  Theft,
} from './messages.js';
export { AuthMode, VaultMigrator, type VaultDescriptor, type VaultOptions } from './migrator.js';
export type { PasscodeCallback } from './passcode.js';
export type { Recovery, RecoveryPublicKey } from './recovery.js';
export { BrowserVault, Vault } from './vault.js';
