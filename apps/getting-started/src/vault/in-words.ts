import { DeviceError, DeviceErrorCodes, VaultErrorCodes } from 'keyward';

/** An error, for the person who uses the app. */
export interface Explanation {
  readonly what: string;
  /** What is safe, and what to do next. */
  readonly next: string;
}

const EXPLANATIONS: Readonly<Record<number, Explanation>> = {
  [VaultErrorCodes.VaultUnavailable]: {
    what: 'The place of the vault, or its key, cannot be reached now.',
    next: 'Nothing is lost. Blocked site data and some private windows do this: allow storage, and reload.',
  },
  [VaultErrorCodes.InvalidatedCredential]: {
    what: 'The key to this vault is gone.',
    next: 'The sealed bytes are kept, and a recovery code opens them. Without one, clear the vault and sign in again.',
  },
  [VaultErrorCodes.SecurityNotAvailable]: {
    what: 'This browser cannot keep keys here.',
    next: 'Open the page over https or on localhost. Nothing was changed.',
  },
  [VaultErrorCodes.AuthFailed]: {
    what: 'That was not recognised.',
    next: 'The vault is unchanged. Try again.',
  },
  [VaultErrorCodes.TooManyFailedAttempts]: {
    what: 'Too many wrong passcodes.',
    next: 'The vault was cleared, as its configuration asks. Sign in again.',
  },
  [VaultErrorCodes.UserCanceledInteraction]: {
    what: 'Dismissed.',
    next: 'The vault is as it was.',
  },
  [VaultErrorCodes.KeyNotFound]: {
    what: 'The vault has vanished.',
    next: 'It was here, and this browser has deleted its bytes. Clear it to begin anew.',
  },
  [VaultErrorCodes.BiometricsNotEnabled]: {
    what: 'Passkeys cannot protect a vault here.',
    next: 'This browser or device has no screen lock, or no passkeys with PRF. The vault is as it was.',
  },
  [VaultErrorCodes.Damaged]: {
    what: 'The sealed bytes are not what Keyward wrote.',
    next: 'They are kept as they are. Clear the vault to begin anew.',
  },
  [VaultErrorCodes.TooNew]: {
    what: 'A newer version of this app wrote the vault.',
    next: 'It is kept as it is. Reload the page to get that version.',
  },
  [VaultErrorCodes.StorageFull]: {
    what: 'No space is left for this page.',
    next: 'What was stored before is intact. Free some space and try again.',
  },
  [VaultErrorCodes.WrongRecoveryCode]: {
    what: 'That is the code of another vault, or an older one.',
    next: 'Nothing was changed.',
  },
  [VaultErrorCodes.NoRecovery]: {
    what: 'No recovery code was made for this vault.',
    next: 'Nothing was changed.',
  },
  [VaultErrorCodes.NotARecoveryCode]: {
    what: 'There is a typo in it, or something is missing.',
    next: 'It has six groups of five letters and digits. This counted as no try.',
  },
};

const DEVICE_EXPLANATIONS: Readonly<Record<number, Explanation>> = {
  [DeviceErrorCodes.UserCanceledInteraction]: {
    what: 'Dismissed.',
    next: 'Nothing has changed.',
  },
  [DeviceErrorCodes.SecurityNotAvailable]: {
    what: 'The device has nothing to ask with.',
    next: 'In a browser it asks with a passkey of its own, which cannot be had now. Try again later.',
  },
  [DeviceErrorCodes.AuthFailed]: {
    what: 'You were not recognised.',
    next: 'Nothing has changed. Try again.',
  },
  [DeviceErrorCodes.BiometricsLockedOut]: {
    what: 'Too many failed attempts.',
    next: 'The device refuses to look for a while.',
  },
  [DeviceErrorCodes.BiometricsNotEnabled]: {
    what: 'This device cannot verify its user here.',
    next: 'It has no screen lock, or the browser has no passkeys.',
  },
};

const UNEXPECTED: Explanation = {
  what: 'Something unexpected happened.',
  next: 'The vault is unchanged. The console of the browser says more.',
};

export const inWords = (error: unknown): Explanation => {
  if (error instanceof DeviceError) return DEVICE_EXPLANATIONS[error.code] ?? UNEXPECTED;
  if (!isVaultError(error)) return UNEXPECTED;
  const words = EXPLANATIONS[error.code] ?? UNEXPECTED;
  if (error.attemptsLeft !== undefined) {
    const what =
      error.code === VaultErrorCodes.WrongRecoveryCode ? words.what : 'That is not the passcode.';
    return { what, next: triesLeft(error.attemptsLeft) };
  }
  if (error.retryAfter !== undefined) {
    return { ...words, next: `Nothing is lost. Try again in ${inUnits(error.retryAfter)}.` };
  }
  return words;
};

const isVaultError = (
  error: unknown,
): error is { code: number; attemptsLeft?: number; retryAfter?: number } =>
  error instanceof Error && 'code' in error && typeof error.code === 'number';

const triesLeft = (left: number): string => {
  if (left === 0) return 'The next try has to wait.';
  return left === 1 ? 'One try is left before you have to wait.' : `${left} tries are left.`;
};

const inUnits = (milliseconds: number): string => {
  const seconds = Math.max(1, Math.ceil(milliseconds / 1000));
  if (seconds < 120) return seconds === 1 ? 'one second' : `${seconds} seconds`;
  return `${Math.ceil(seconds / 60)} minutes`;
};
