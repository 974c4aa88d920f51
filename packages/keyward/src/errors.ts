import type { ErrorMessage } from './messages.js';

/**
 * Why an operation on a vault did not happen. Unless an entry says otherwise, nothing changed and
 * nothing was lost. From 100 on the codes are Keyward's own.
 */
export enum VaultErrorCodes {
  /** Something that none of the other codes describes; see {@link VaultError.kind}. */
  Unknown = 0,
  /** The vault is locked and cannot be unlocked for this operation. */
  VaultLocked = 1,
  /** The place of the vault, or its key store, cannot be used now. Try again later. */
  VaultUnavailable = 2,
  /** The caller's mistake: a value, a name or a configuration that cannot be. */
  InvalidArguments = 3,
  /** The key that opens the vault is gone for good. The sealed bytes stay until `clear()`. */
  InvalidatedCredential = 4,
  /** This device has no key store, or no lock, of the kind that the configuration asks for. */
  SecurityNotAvailable = 5,
  /** The person was not recognised, or the passcode was wrong. */
  AuthFailed = 6,
  /** The limit of wrong passcodes: the vault was cleared, or further guesses have to wait. */
  TooManyFailedAttempts = 7,
  /** The person dismissed the request. */
  UserCanceledInteraction = 8,
  /** Two passcodes that should be the same are not. */
  MismatchedPasscode = 9,
  /** A passcode is needed, and the app has registered no way to ask for it. */
  MissingPasscode = 10,
  /** The vault's type has no passcode. */
  PasscodeNotEnabled = 11,
  /**
   * The vault was here, and its bytes have vanished. Nothing is written in their place before
   * `clear()`. (An entry that is absent is no error.)
   */
  KeyNotFound = 12,
  /** The device cannot verify the person in the way that the vault needs, or is not set up to. */
  BiometricsNotEnabled = 13,
  /** The configuration asks for a combination that does not exist. */
  InvalidAuthMode = 14,
  /** The device has no biometric hardware. */
  MissingBiometrics = 15,
  /** Android: the system's passcode cannot protect a vault here. */
  AndroidSystemPasscodeUnavailable = 16,
  /** Android: too many failed attempts; the device refuses biometrics for now. */
  AndroidBiometricsLockedOut = 17,
  /** iOS: too many failed attempts; the device refuses biometrics for now. */
  iOSBiometricsLockedOut = 18,
  /** Android: the key store failed. */
  AndroidUnexpectedKeystoreError = 19,
  /** The sealed bytes are not what Keyward wrote. They are kept as they are. */
  Damaged = 100,
  /** A newer version of Keyward wrote this vault. It is kept as it is. */
  TooNew = 101,
  /** No space is left to write the vault. What it held before is intact. */
  StorageFull = 102,
  /** The vault's protection has changed as often as its format can count. Export, clear, import. */
  EpochExhausted = 103,
  /** The vault was closed, or its engine has ended. */
  Stopped = 104,
  /**
   * It reads as a recovery code, and is another vault's or an older one. It never clears the vault;
   * {@link VaultError.attemptsLeft} counts down until the next one has to wait.
   */
  WrongRecoveryCode = 120,
  /** The recovery key is none of this vault's. */
  WrongRecoveryKey = 121,
  /** No such recovery is enrolled, or it was revoked. */
  NoRecovery = 122,
  /** A vault in memory stores nothing that could be recovered. */
  NothingToRecover = 123,
  /** That is no recovery code: there is a typo in it, or something is missing. No try was counted. */
  NotARecoveryCode = 124,
  /** That is no key of the curve P-256. */
  NotARecoveryKey = 125,
}

/**
 * An error of a vault, as it is thrown and given to {@link Vault.onError}. What Keyward throws is
 * also an `Error`. It never carries a secret, an entry's name or an entry's value.
 */
export interface VaultError {
  /** What went wrong. */
  code: VaultErrorCodes;
  /** For developers, in English. */
  message: string;
  /** `"VaultError"`. */
  name?: string;
  /** Where the error was made. */
  stack?: string;
  /** The engine's name for what went wrong, which is finer than the code. */
  kind?: string;
  /** After a wrong passcode: how many more guesses there are before the limit. */
  attemptsLeft?: number;
  /** After too many wrong passcodes: milliseconds until a passcode is taken again. */
  retryAfter?: number;
}

/** The class of {@link VaultError}. */
export interface VaultErrorConstructor {
  /** An error as Keyward makes it: for an app's tests. */
  new (
    code: VaultErrorCodes,
    message: string,
    details?: Pick<VaultError, 'kind' | 'attemptsLeft' | 'retryAfter'>,
  ): VaultError & Error;
  /** What `instanceof` looks for. */
  readonly prototype: VaultError & Error;
}

type Details = ConstructorParameters<VaultErrorConstructor>[2];

/** The class of the errors of a vault, for `instanceof`. */
export const VaultError: VaultErrorConstructor = class VaultError extends Error {
  override name = 'VaultError';

  constructor(
    readonly code: VaultErrorCodes,
    message: string,
    details: Details = {},
  ) {
    super(message);
    Object.assign(this, details);
  }
};

/** Why the device did not verify the person. */
export enum DeviceErrorCodes {
  /** Something that none of the other codes describes. */
  Unknown = 0,
  /** The caller's mistake. */
  InvalidArguments = 1,
  /** The person dismissed the prompt. */
  UserCanceledInteraction = 2,
  /** The device has no lock, or no way to ask. */
  SecurityNotAvailable = 3,
  /** The person was not recognised. */
  AuthFailed = 4,
  /** Too many failed attempts: the device refuses to look for now. */
  BiometricsLockedOut = 5,
  /** The device cannot verify a person, or is not set up to. */
  BiometricsNotEnabled = 6,
}

/** An error of {@link Device}. What Keyward throws is also an `Error`. */
export interface DeviceError {
  /** What went wrong. */
  code: DeviceErrorCodes;
  /** For developers, in English. */
  message: string;
  /** `"DeviceError"`. */
  name?: string;
  /** Where the error was made. */
  stack?: string;
}

/** The class of {@link DeviceError}. */
export interface DeviceErrorConstructor {
  /** An error as Keyward makes it: for an app's tests. */
  new (code: DeviceErrorCodes, message: string): DeviceError & Error;
  /** What `instanceof` looks for. */
  readonly prototype: DeviceError & Error;
}

/** The class of the errors of {@link Device}, for `instanceof`. */
export const DeviceError: DeviceErrorConstructor = class DeviceError extends Error {
  override name = 'DeviceError';

  constructor(
    readonly code: DeviceErrorCodes,
    message: string,
  ) {
    super(message);
  }
};

export function vaultError(error: ErrorMessage): VaultError & Error {
  const { code, message, ...details } = error;
  return new VaultError(code, message, details);
}

/** Of an argument that no message can be made of. */
export const UNREADABLE = 'the argument does not read';

export function invalidArguments(message: string): VaultError & Error {
  return new VaultError(VaultErrorCodes.InvalidArguments, message, { kind: 'Invalid' });
}
