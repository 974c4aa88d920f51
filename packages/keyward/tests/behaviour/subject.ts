import type { IdentityVaultConfig, Vault } from 'keyward';

/** What a back end brings so that the suite can run on it. */
export interface Subject {
  /**
   * Whether unlocking asks a person: for a passcode, a finger, a face. `BrowserVault` never does.
   */
  readonly asks: boolean;
  /** Whether there is a page, which can be left. */
  readonly page: boolean;
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
  /**
   * A newer Keyward has written the sealed bytes of the vault "session". Gives the way back to what
   * they were, which throws if they have been touched meanwhile.
   */
  writeNewer(): Promise<() => Promise<void>>;
  /** The device's key stores forget every key. */
  loseKeys(): Promise<void>;
  /** The same, and in the place of each is another that was made since. */
  remakeKeys(): Promise<void>;
  /** Whether vaults are remembered in another place than their own. */
  readonly remembers: boolean;
  /** The place of the vaults is empty. What is remembered elsewhere stays. */
  loseBytes(): Promise<void>;
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
  /** Only for subjects with a page. */
  readonly page?: true;
  /** Only for subjects whose device can verify a person. */
  readonly verifies?: true;
  /** Only for subjects that remember vaults, or only for those that do not. */
  readonly remembers?: boolean;
  run(subject: Subject): Promise<void>;
}
