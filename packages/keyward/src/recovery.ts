import { toBase64 } from './base64.js';

/** What a vault is recovered with, or a sealed copy opened. */
export type Recovery =
  /** The code that {@link Vault.enrollRecovery} gave, as a person types it. */
  | { readonly code: string }
  /**
   * The private key to what {@link Vault.enrollRecoveryKey} was given: the number of the curve P-256,
   * big-endian, in 32 bytes (in a JSON Web Key: `d`, decoded).
   */
  | { readonly key: Uint8Array };

/** A public key for recoveries. No secret. */
export interface RecoveryPublicKey {
  /** A point of the curve P-256, uncompressed, in 65 bytes: WebCrypto exports it as `raw`. */
  readonly publicKey: Uint8Array;
}

export function toRecovery(recovery: Recovery): { code: string } | { key: string } {
  return 'code' in recovery ? { code: String(recovery.code) } : { key: toBase64(recovery.key) };
}
