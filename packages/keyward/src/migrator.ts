// What apps written for Identity Vault 5 import to take over the data of version 4. The names are
// here so that such apps compile and run; there never was a version 4 of Keyward.

/** How a vault of version 4 was opened. */
export enum AuthMode {
  /** By biometrics alone. */
  BiometricOnly = 0,
  /** By a passcode alone. */
  PasscodeOnly = 1,
  /** By biometrics and by a passcode. */
  BiometricAndPasscode = 2,
  /** Not at all: it was lost when the app ended. */
  InMemoryOnly = 3,
  /** By biometrics where there are any, otherwise by a passcode. */
  BiometricOrPasscode = 4,
  /** Without asking. */
  SecureStorage = 5,
}

/** The configuration of a vault of version 4. Nothing in it has an effect. */
export interface VaultOptions {
  /** How the vault was opened. */
  authMode?: AuthMode;
  /** Any other option. */
  [option: string]: unknown;
}

/** Which vault of version 4 is meant. */
export interface VaultDescriptor {
  /** Whose vault. */
  username: string;
  /** Which of that person's vaults. */
  vaultId: string;
}

/**
 * Looks for a vault of version 4 and never finds one: those were made on phones, by a plugin whose
 * data Keyward does not read. Take the data over with Identity Vault 5 first, as docs/migrating.md
 * says.
 */
export class VaultMigrator {
  /** The arguments have no effect, and `onPasscodeRequest` is never called. */
  constructor(
    _options: VaultOptions,
    _onPasscodeRequest?: (isPasscodeSetRequest: boolean) => Promise<string | undefined>,
    _descriptor?: VaultDescriptor,
  ) {}

  /** Resolves with `undefined`: there is nothing to take over. */
  async exportVault(): Promise<any> {
    return undefined;
  }

  /** There is nothing to remove. */
  async clear(): Promise<void> {}
}
