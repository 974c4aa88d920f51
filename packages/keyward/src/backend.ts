// The door to the engine. What is behind it differs from platform to platform; what passes through
// it is the same everywhere: the messages of crates/keyward-bridge.

import type { Answer, Call, DeviceCall, Notice } from './messages.js';

/** How long a vault's data lives: until it is cleared, or as long as the browser's tab. */
export type Lifetime = 'persistent' | 'tab';

/** The way to one vault. */
export interface Port {
  /**
   * Sends a call, which is copied before this returns. Calls arrive in the order in which they are
   * made. The answer is there at once when it is known at once; a promise of it never rejects.
   */
  call(call: Call): Answer<unknown> | Promise<Answer<unknown>>;
  /** Ends the vault's engine: it forgets its keys, and what is still queued is answered by an error. */
  close(): void;
}

export interface Backend {
  /**
   * Opens a way to a vault. `onNotice` hears of a call's notices before the call is answered. It
   * must not be called after `close`.
   */
  open(lifetime: Lifetime, onNotice: (notice: Notice) => void): Port;
  /** Asks about the device. Never rejects. */
  device(call: DeviceCall): Promise<Answer<unknown>>;
}
