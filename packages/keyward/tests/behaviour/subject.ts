import type { IdentityVaultConfig, Vault } from 'keyward';

/** What a back end brings so that the suite can run on it. */
export interface Subject {
  /**
   * Whether unlocking asks a person: for a passcode, a finger, a face. `BrowserVault` never does.
   */
  readonly asks: boolean;
  /** Whether its device can verify a person, as {@link Subject.person} then says. */
  readonly verifies: boolean;
  /** A new handle. */
  open(config?: IdentityVaultConfig): Vault;
  /** Ends the app and starts it again: every handle of before is gone. */
  restart(): Promise<void>;
  /** The app leaves. */
  background(): Promise<void>;
  /** The app comes back. */
  resume(): Promise<void>;
  /** The sealed bytes of the vault "session" are no longer what was written. */
  damage(): Promise<void>;
  /** The device's key stores forget every key. */
  loseKeys(): Promise<void>;
  /** Whom the device finds before it when it verifies a person. */
  person(is: Person): Promise<void>;
}

/** `absent`: the device cannot verify anyone. */
export type Person = 'recognised' | 'unknown' | 'absent';

/** One behaviour. It fails by throwing. */
export interface Case {
  readonly name: string;
  /** Only for subjects that ask, or only for those that do not. */
  readonly asks?: boolean;
  /** Only for subjects whose device can verify a person. */
  readonly verifies?: true;
  run(subject: Subject): Promise<void>;
}
