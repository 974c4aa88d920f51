// This file was written by hand in the shape that crates/keyward-bridge generates.

export type Call = { "call": "initialize", config: VaultConfig, } | { "call": "getValue", name: string, } | { "call": "setValues", entries: Array<Entry>, } | { "call": "removeValue", name: string, } | { "call": "getKeys" } | { "call": "exportVault" } | { "call": "importVault", entries: Array<Entry>, } | { "call": "isEmpty" } | { "call": "doesVaultExist" } | { "call": "isLocked" } | { "call": "lock" } | { "call": "unlock" } | { "call": "enroll" } | { "call": "setCustomPasscode", passcode: string, } | { "call": "passcodeHandlerEnded", request: number, } | { "call": "updateConfig", config: VaultConfig, } | { "call": "clear" } | { "call": "assurance" } | { "call": "inspect" } | { "call": "exportSealed", passphrase: string, } | { "call": "importSealed", sealed: string, passphrase: string, };

export type DeviceCall = { "call": "getAvailableHardware" } | { "call": "hasSecureHardware" } | { "call": "isBiometricsSupported" } | { "call": "isBiometricsEnabled" } | { "call": "isBiometricsAllowed" } | { "call": "getBiometricStrengthLevel" } | { "call": "isLockedOutOfBiometrics" } | { "call": "isSystemPasscodeSet" } | { "call": "isHideScreenOnBackgroundEnabled" } | { "call": "setHideScreenOnBackground", enabled: boolean, dim: boolean, } | { "call": "showBiometricPrompt", config: PromptConfig, };

export type Answer<T> = { "ok": T } | { "error": ErrorMessage };

export type Notice = { "notice": "locked", cause: LockCause, } | { "notice": "unlocked" } | { "notice": "configChanged", config: VaultConfig, } | { "notice": "failed", error: ErrorMessage, } | { "notice": "passcodeRequested", request: number, isPasscodeSetRequest: boolean, } | { "notice": "changed" };

export type LockCause = "requested" | "timeout" | "protectionChanged" | "cleared";

export type Entry = { name: string, value: EntryValue, };

export type EntryValue = { "json": string } | { "bytes": string };

export type VaultConfig = { key: string, type: VaultType, deviceSecurityType?: DeviceSecurityType | null,
/**
 * Milliseconds; absent or `null`: never.
 */
lockAfterBackgrounded?: number | null, unlockVaultOnLoad?: boolean | null, shouldClearVaultAfterTooManyFailedAttempts?: boolean | null, customPasscodeInvalidUnlockAttempts?: number | null, androidBiometricsPreferStrongVaultOrSystemPasscode?: StrongVaultOrPasscode | null, iosBiometricsLocalizedFallbackTitle?: string | null, androidBiometricsPromptTitle?: string | null, androidBiometricsPromptSubtitle?: string | null, androidBiometricsPromptDescription?: string | null, androidBiometricsNegativeButtonText?: string | null, iosBiometricsLocalizedReason?: string | null, iosBiometricsLocalizedCancelTitle?: string | null, };

export type PromptConfig = { androidBiometricsPromptTitle?: string | null, androidBiometricsPromptSubtitle?: string | null, androidBiometricsPromptDescription?: string | null, androidBiometricsNegativeButtonText?: string | null, iosBiometricsLocalizedReason?: string | null, iosBiometricsLocalizedCancelTitle?: string | null, };

export type VaultType = "SecureStorage" | "DeviceSecurity" | "CustomPasscode" | "InMemory";

export type DeviceSecurityType = "SystemPasscode" | "Biometrics" | "Both" | "None";

export type StrongVaultOrPasscode = "StrongVault" | "SystemPasscode";

export type ErrorMessage = { code: number, kind: string, message: string, attemptsLeft?: number, retryAfter?: number, };

export type Assurance = { hardwareBound: boolean, userVerified: boolean, persistent: boolean, stolenFile: Theft, stolenDisk: Theft, };

export type Theft = "opens" | "guessable" | "sealed";

export type Inspection = { phase: Phase, stored: StoredInspection | null, };

export type Phase = "locked" | "unlocking" | "unlocked";

export type StoredInspection = { version: number, vaultId: string, epoch: number, empty: boolean, sealedBytes: number, slots: Array<SlotInspection>, };

export type SlotInspection = { kind: string, provider?: string, argon2?: Argon2Inspection, assurance: Assurance, };

export type Argon2Inspection = { memoryKib: number, passes: number, lanes: number, };
