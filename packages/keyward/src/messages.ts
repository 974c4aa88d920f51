// Written by the tests of crates/keyward-bridge from crates/keyward-bridge/src/messages.rs. To write
// it anew: UPDATE=1 cargo test -p keyward-bridge

/**
 * A call on one vault. Calls take effect in the order in which they are made; each is answered by
 * one [`Answer`].
 */
export type Call = { "call": "initialize",
/**
 * Counts only when the vault is created.
 */
config: VaultConfig, } | { "call": "getValue",
/**
 * The entry's name.
 */
name: string, } | { "call": "setValues",
/**
 * Of two with one name, the later counts.
 */
entries: Array<Entry>, } | { "call": "addValues",
/**
 * Of two with one name, the later counts.
 */
entries: Array<Entry>, } | { "call": "removeValue",
/**
 * The entry's name.
 */
name: string, } | { "call": "getKeys" } | { "call": "exportVault" } | { "call": "importVault",
/**
 * Of two with one name, the later counts.
 */
entries: Array<Entry>, } | { "call": "isEmpty" } | { "call": "doesVaultExist" } | { "call": "isLocked" } | { "call": "lock" } | { "call": "unlock" } | { "call": "enroll" } | { "call": "passcodeHandlerRegistered" } | { "call": "setCustomPasscode",
/**
 * 1 to 1,024 bytes of UTF-8, or empty.
 */
passcode: string, } | { "call": "passcodeHandlerEnded",
/**
 * The number that the notice gave.
 */
request: number, } | { "call": "raise" } | { "call": "updateConfig",
/**
 * All of it.
 */
config: VaultConfig, } | { "call": "clear" } | { "call": "assurance" } | { "call": "inspect" } | { "call": "health" } | { "call": "capabilities" } | { "call": "checkKey" } | { "call": "enrollRecovery" } | { "call": "enrollRecoveryKey",
/**
 * Base64, with padding: an uncompressed point of the curve P-256, of 65 bytes.
 */
publicKey: string, } | { "call": "revokeRecovery" } | { "call": "recover",
/**
 * The private key is base64, with padding, of 32 bytes.
 */
with: { code: string } | { key: string }, } | { "call": "exportSealed",
/**
 * The passphrase has 1 to 1,024 bytes of UTF-8.
 */
copyFor: { passphrase: string } | { publicKey: string }, } | { "call": "importSealed",
/**
 * Base64, with padding.
 */
sealed: string,
/**
 * The copy's.
 */
with: { passphrase: string } | { code: string } | { key: string }, };

/**
 * A question about the device. Answered by one [`Answer`].
 */
export type DeviceCall = { "call": "getAvailableHardware" } | { "call": "hasSecureHardware" } | { "call": "isBiometricsSupported" } | { "call": "isBiometricsEnabled" } | { "call": "isBiometricsAllowed" } | { "call": "getBiometricStrengthLevel" } | { "call": "isLockedOutOfBiometrics" } | { "call": "isSystemPasscodeSet" } | { "call": "isHideScreenOnBackgroundEnabled" } | { "call": "setHideScreenOnBackground",
/**
 * Whether the screen is to be hidden while the app is in the background.
 */
enabled: boolean,
/**
 * Whether it is to be dimmed only.
 */
dim: boolean, } | { "call": "showBiometricPrompt",
/**
 * The prompt's words.
 */
config: PromptConfig, };

/**
 * How a call ended.
 */
export type Answer<T> = { "ok": T } | { "error": ErrorMessage };

/**
 * Something that happened to a vault, told to the shell that opened it. A notice that belongs to a
 * call comes before the call's answer.
 */
export type Notice = { "notice": "locked",
/**
 * Why.
 */
cause: LockCause, } | { "notice": "unlocked" } | { "notice": "configChanged",
/**
 * All of it.
 */
config: VaultConfig, } | { "notice": "failed",
/**
 * The same that the call is answered with.
 */
error: ErrorMessage, } | { "notice": "passcodeRequested",
/**
 * Names the request in [`Call::PasscodeHandlerEnded`].
 */
request: number,
/**
 * Whether a new passcode is to be chosen.
 */
isPasscodeSetRequest: boolean, } | { "notice": "changed" } | { "notice": "older",
/**
 * How.
 */
older: Older, } | { "notice": "protectionWeakened",
/**
 * What the configuration wants.
 */
wanted: Protection,
/**
 * What protects the vault from now on.
 */
present: Protection, } | { "notice": "protectionRaised",
/**
 * What protected it before.
 */
from: Protection,
/**
 * What protects it from now on.
 */
to: Protection, } | { "notice": "protectionCanBeRaised",
/**
 * What protects the vault now.
 */
present: Protection,
/**
 * The best that the device seems to have.
 */
to: Protection, };

/**
 * Why a vault locked.
 */
export type LockCause = "requested" | "timeout" | "protectionChanged" | "cleared";

/**
 * An entry's name and value.
 */
export type Entry = {
/**
 * At most 1,024 bytes of UTF-8.
 */
name: string,
/**
 * At most 8 MiB.
 */
value: EntryValue, };

/**
 * A value: the text of one JSON value, or bytes in base64 (with padding).
 */
export type EntryValue = { "json": string } | { "bytes": string };

/**
 * A vault's configuration, with the names that apps written for Identity Vault use.
 */
export type VaultConfig = {
/**
 * The vault's name: 1 to 1,024 bytes of UTF-8.
 */
key: string,
/**
 * How the vault is opened.
 */
type: VaultType,
/**
 * What the device asks the person for. `None` by default.
 */
deviceSecurityType?: DeviceSecurityType | null,
/**
 * Milliseconds; absent or `null`: never.
 */
lockAfterBackgrounded?: number | null,
/**
 * Whether initialising ends with an unlock. `false` by default.
 */
unlockVaultOnLoad?: boolean | null,
/**
 * Whether too many wrong passcodes clear the vault. `false` by default.
 */
shouldClearVaultAfterTooManyFailedAttempts?: boolean | null,
/**
 * How many wrong passcodes are too many: 1 to 1,000. 5 by default.
 */
customPasscodeInvalidUnlockAttempts?: number | null,
/**
 * What a `Both` vault on Android prefers. `StrongVault` by default.
 */
androidBiometricsPreferStrongVaultOrSystemPasscode?: StrongVaultOrPasscode | null,
/**
 * See [`PromptConfig`].
 */
androidBiometricsPromptTitle?: string | null,
/**
 * See [`PromptConfig`].
 */
androidBiometricsPromptSubtitle?: string | null,
/**
 * See [`PromptConfig`].
 */
androidBiometricsPromptDescription?: string | null,
/**
 * See [`PromptConfig`].
 */
androidBiometricsNegativeButtonText?: string | null,
/**
 * See [`PromptConfig`].
 */
iosBiometricsLocalizedReason?: string | null,
/**
 * See [`PromptConfig`].
 */
iosBiometricsLocalizedCancelTitle?: string | null,
/**
 * The button that leads to the device's passcode.
 */
iosBiometricsLocalizedFallbackTitle?: string | null,
/**
 * What the app accepts, in its order, where the device does not have what is wanted. Nothing by
 * default.
 */
fallback?: Array<Protection> | null, };

/**
 * Words for the device's own prompts.
 */
export type PromptConfig = {
/**
 * The title. "Please Authenticate" by default.
 */
androidBiometricsPromptTitle?: string | null,
/**
 * A line below the title.
 */
androidBiometricsPromptSubtitle?: string | null,
/**
 * A longer text.
 */
androidBiometricsPromptDescription?: string | null,
/**
 * The button that dismisses the prompt. "Cancel" by default.
 */
androidBiometricsNegativeButtonText?: string | null,
/**
 * Why the person is asked.
 */
iosBiometricsLocalizedReason?: string | null,
/**
 * The button that dismisses the prompt.
 */
iosBiometricsLocalizedCancelTitle?: string | null, };

/**
 * How a vault is opened.
 */
export type VaultType = "SecureStorage" | "DeviceSecurity" | "CustomPasscode" | "InMemory";

/**
 * What the device asks a person for.
 */
export type DeviceSecurityType = "SystemPasscode" | "Biometrics" | "Both" | "None";

/**
 * One way to protect a vault.
 */
export type Protection = "SecureStorage" | "SystemPasscode" | "Biometrics" | "Both" | "CustomPasscode" | "PasscodeAlone" | "KeyFile";

/**
 * Which of two keys Android makes where it cannot make one for both.
 */
export type StrongVaultOrPasscode = "StrongVault" | "SystemPasscode";

/**
 * What went wrong.
 */
export type ErrorMessage = {
/**
 * Identity Vault's number where it has one; from 100 on, Keyward's own.
 */
code: number,
/**
 * The engine's name for it, which is finer than the number.
 */
kind: string,
/**
 * For developers, in English, without a secret.
 */
message: string,
/**
 * Guesses left before the limit, after a wrong passcode.
 */
attemptsLeft?: number,
/**
 * Milliseconds until a passcode is taken again, after too many wrong ones.
 */
retryAfter?: number, };

/**
 * What protects the entries.
 */
export type Assurance = {
/**
 * The key cannot leave a piece of hardware.
 */
hardwareBound: boolean,
/**
 * The key is released only to the person.
 */
userVerified: boolean,
/**
 * The key is still there after a restart.
 */
persistent: boolean,
/**
 * Against whoever steals a copy of the sealed bytes alone.
 */
stolenFile: Theft,
/**
 * Against whoever steals everything on the disk, switched off.
 */
stolenDisk: Theft, };

/**
 * What a thief can do with what was stolen.
 */
export type Theft = "opens" | "guessable" | "sealed";

/**
 * What may be known of a vault without a key.
 */
export type Inspection = {
/**
 * Whether the vault can be read. One that asks nobody is always unlocked.
 */
phase: Phase,
/**
 * What lies in the store; `null` while nothing does.
 */
stored: StoredInspection | null,
/**
 * The better protection that the device seemed to have when the vault was opened last, and that
 * [`Call::Raise`] would ask somebody for; else `null`.
 */
canBeRaised: Protection | null, };

/**
 * Whether a vault can be read.
 */
export type Phase = "locked" | "unlocking" | "unlocked";

/**
 * How a vault is.
 */
export type Health = {
/**
 * The one state that the vault is in.
 */
condition: HealthCondition,
/**
 * What is safe to do next.
 */
nextStep: NextStep,
/**
 * The protector whose key is unavailable or lost.
 */
provider?: string,
/**
 * Of a locked vault: whether the device could say, without asking, that the key is there.
 */
keySeen?: boolean,
/**
 * What stands in the way of the key, as far as its protector says.
 */
obstacle?: Obstacle,
/**
 * For developers, in English: what was found.
 */
message?: string,
/**
 * Set when what is stored is older than what this device has seen of the vault.
 */
older?: Older,
/**
 * Whether a recovery code or key opens the vault, whatever has become of its key.
 */
recoverable: boolean,
/**
 * Of a vault that something weaker than wanted protects: what it would rather have and the
 * device can hold now. It is taken at the next unlock where nobody has to be asked for it, and
 * else by `raise`.
 */
canBeRaised?: Protection,
/**
 * Milliseconds until a passcode is taken again, after too many wrong ones.
 */
retryAfter?: number,
/**
 * Whether this device's memory of the vault could be asked. While it could not, an empty vault
 * may be one that vanished, and an older copy is not recognised.
 */
registry: 'absent' | 'works' | 'failed', };

/**
 * How what is stored is older than what this device has seen.
 */
export type Older = {
/**
 * Hexadecimal: the vault that is stored.
 */
storedVault: string,
/**
 * Its epoch.
 */
storedEpoch: number,
/**
 * Hexadecimal: the vault that this device has seen.
 */
seenVault: string,
/**
 * The highest epoch that it has seen of it.
 */
seenEpoch: number, };

/**
 * What a vault's state is called.
 */
export type HealthCondition = "intact" | "empty" | "locked" | "key-unavailable" | "key-lost" | "damaged" | "vanished" | "too-new" | "store-failed";

/**
 * What is safe to do next.
 */
export type NextStep = "nothing" | "unlock" | "retry" | "unlock-key-store" | "bring-key-store" | "recover" | "bring-back-key" | "restore-copy" | "find-bytes" | "update-program" | "mend-place" | "choose-copy";

/**
 * What kinds of vaults this device can hold now.
 */
export type Capabilities = {
/**
 * Vaults of the type `SecureStorage`.
 */
secureStorage: Capability,
/**
 * Vaults of the type `DeviceSecurity`, by what the device would ask for.
 */
systemPasscode: Capability,
/**
 * As above.
 */
biometrics: Capability,
/**
 * As above.
 */
both: Capability,
/**
 * Vaults of the type `CustomPasscode`.
 */
customPasscode: Capability,
/**
 * Vaults of the type `InMemory`.
 */
inMemory: Capability, };

/**
 * Whether a vault of one type could be made here now.
 */
export type Capability = {
/**
 * `cannot-tell` where only making it tells, which may ask the person.
 */
state: 'available' | 'cannot-tell' | 'unavailable',
/**
 * Why it is unavailable.
 */
obstacle?: Obstacle,
/**
 * The same for developers, in English.
 */
message?: string, };

/**
 * What stands in the way of a protector's work.
 */
export type Obstacle = "no-key-store" | "not-set-up" | "locked" | "no-verification" | "no-screen-lock" | "no-biometrics" | "no-prf" | "insecure-page" | "locked-out" | "not-here" | "unreachable";

/**
 * What a vault's sealed bytes tell without a key.
 */
export type StoredInspection = {
/**
 * The format version of the sealed bytes.
 */
version: number,
/**
 * Hexadecimal.
 */
vaultId: string,
/**
 * Grows with every change of the configuration or the slots.
 */
epoch: number,
/**
 * Whether there are no entries.
 */
empty: boolean,
/**
 * The length of the sealed bytes.
 */
sealedBytes: number,
/**
 * In the order of the sealed bytes.
 */
slots: Array<SlotInspection>,
/**
 * What protects the vault, where that is weaker than the configuration wants; else `null`.
 */
weakenedTo: Protection | null,
/**
 * When the protection was weakened or raised: the latest 16 times, the last one last.
 */
protectionChanges: Array<ProtectionChange>, };

/**
 * That a vault's protection was weakened or raised.
 */
export type ProtectionChange = {
/**
 * Which of the two.
 */
turn: 'weakened' | 'raised',
/**
 * What was wanted and could not be had; of a vault that was raised, what protected it before.
 */
from: Protection,
/**
 * What protected it from then on.
 */
to: Protection,
/**
 * Milliseconds since 1970, by the device's clock.
 */
at: number, };

/**
 * The public part of a slot.
 */
export type SlotInspection = {
/**
 * `blank`, `device-store`, `user-verification`, `passcode`, `recovery-code` or `recovery-key`.
 */
kind: string,
/**
 * The protector that holds the key material, where one does.
 */
provider?: string,
/**
 * What a guess at the passcode costs.
 */
argon2?: Argon2Inspection,
/**
 * What the slot promises on this device.
 */
assurance: Assurance, };

/**
 * The costs of Argon2id.
 */
export type Argon2Inspection = {
/**
 * Memory in KiB.
 */
memoryKib: number,
/**
 * Passes over that memory.
 */
passes: number,
/**
 * Lanes.
 */
lanes: number, };
