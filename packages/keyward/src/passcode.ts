import { reportThrown } from './events.js';

/**
 * Asks the person for a passcode. `isPasscodeSetRequest` is true when a new one is to be chosen.
 * There are two ways to answer, and either will do:
 *
 * - call `onComplete`, then or later; or
 * - return a promise that settles after {@link Vault.setCustomPasscode} has been called. If it
 *   settles before that, and the callback does not take `onComplete`, there will be no passcode.
 *
 * An empty passcode, as none at all, is a refusal: the operation that needs one rejects with
 * `UserCanceledInteraction`.
 */
export type PasscodeCallback = (
  isPasscodeSetRequest: boolean,
  onComplete: (passcode: string) => void,
) => unknown;

/** What the passcode callback needs of its vault. */
interface Passcodes {
  /** Hands over a passcode. */
  set(passcode: string): Promise<void>;
  /** Tells that no more passcode will come in answer to that request. */
  handlerEnded(request: number): void;
}

/** Brings an app's passcode callback, in each of its forms, to what the engine asks. */
export class PasscodeDesk {
  callback: PasscodeCallback | undefined;
  /** The latest request that has not ended. */
  #open: OpenRequest | undefined;

  constructor(private readonly passcodes: Passcodes) {}

  request(id: number, isPasscodeSetRequest: boolean) {
    const { callback } = this;
    if (!callback) {
      this.passcodes.handlerEnded(id);
      return;
    }
    const open: OpenRequest = { id, handedOver: [], endsWithPasscode: false, ended: false };
    if (this.#open) {
      // The engine asks once at a time: it no longer waits for that answer.
      this.#end(this.#open);
    }
    this.#open = open;
    const onComplete = (passcode: string) => {
      // The first answer counts: a later one would be a change of the passcode.
      if (!open.ended && open.handedOver.length === 0) {
        void this.passcodes.set(passcode).catch(() => undefined);
        this.#end(open);
      }
    };
    let result: unknown;
    try {
      result = callback(isPasscodeSetRequest, onComplete);
    } catch (error) {
      reportThrown(error);
      this.#end(open);
      return;
    }
    if (isPromiseLike(result)) {
      // Who takes `onComplete` may end long before calling it, with a dialog left open.
      const ended = () => (callback.length < 2 ? this.#end(open) : this.#endWithPasscode(open));
      const failed = (error: unknown) => {
        reportThrown(error);
        this.#end(open);
      };
      result.then(ended, failed);
    } else {
      this.#endWithPasscode(open);
    }
  }

  /** The app hands over a passcode, perhaps for the request that is open. */
  handedOver(call: Promise<void>) {
    const open = this.#open;
    if (open) {
      open.handedOver.push(call);
      if (open.endsWithPasscode) {
        this.#end(open);
      }
    }
  }

  /** Nobody is to be asked any more. */
  close() {
    this.callback = undefined;
    if (this.#open) {
      this.#end(this.#open);
    }
  }

  #endWithPasscode(open: OpenRequest) {
    open.endsWithPasscode = true;
    if (open.handedOver.length > 0) {
      this.#end(open);
    }
  }

  #end(open: OpenRequest) {
    if (open.ended) {
      return;
    }
    open.ended = true;
    if (this.#open === open) {
      this.#open = undefined;
    }
    // The word that there is no passcode must not overtake one that is under way.
    void Promise.allSettled(open.handedOver).then(() => this.passcodes.handlerEnded(open.id));
  }
}

interface OpenRequest {
  readonly id: number;
  /** The passcodes handed over since. */
  readonly handedOver: Promise<void>[];
  /** Whether the first of them is the last. */
  endsWithPasscode: boolean;
  ended: boolean;
}

function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null | undefined)?.then === 'function';
}
