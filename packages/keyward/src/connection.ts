import type { Backend, Lifetime, Port } from './backend.js';
import type { IdentityVaultConfig } from './config.js';
import { invalidArguments, UNREADABLE, vaultError, VaultError, VaultErrorCodes } from './errors.js';
import { Listeners, type VaultEvent } from './events.js';
import type {
  Answer,
  Assurance,
  Call,
  Capabilities,
  Entry,
  EntryValue,
  Health,
  Inspection,
  Notice,
  VaultConfig,
} from './messages.js';
import { type PasscodeCallback, PasscodeDesk } from './passcode.js';

/** What calls answer; those that are not listed answer nothing. */
interface Answers {
  initialize: VaultConfig;
  getValue: EntryValue | undefined;
  getKeys: string[];
  addValues: string[];
  exportVault: Entry[];
  isEmpty: boolean;
  doesVaultExist: boolean;
  isLocked: boolean;
  updateConfig: VaultConfig;
  assurance: Assurance;
  inspect: Inspection;
  health: Health;
  capabilities: Capabilities;
  raise: boolean;
  enrollRecovery: string;
  exportSealed: string;
}

type AnswerTo<C extends Call> = C['call'] extends keyof Answers ? Answers[C['call']] : void;

/** A vault's way to the engine, and those who listen to it. */
export class Connection {
  readonly listeners = new Listeners();
  readonly passcodes = new PasscodeDesk({
    set: (passcode) => this.setCustomPasscode(passcode),
    handlerEnded: (request) => void this.#ask({ call: 'passcodeHandlerEnded', request }),
  });
  #port: Port | undefined;
  #initialized = false;
  #closed = false;
  readonly #underWay = new Set<Promise<unknown>>();

  constructor(
    private readonly backend: Backend,
    private readonly lifetime: Lifetime,
    /** The vault's `config`, which the app can read and write. */
    private readonly holder: { config: unknown },
  ) {}

  async initialize(config: IdentityVaultConfig): Promise<void> {
    this.#initialized = true;
    const given = { ...config };
    try {
      this.holder.config = await this.call({ call: 'initialize', config: toMessage(config) });
    } catch (error) {
      // The vault is attached all the same, unless there can be no such vault. An app clears it
      // and gives it another configuration, which it makes from this one.
      if (this.holder.config === undefined && !isInvalid(error)) {
        this.holder.config = given;
      }
      throw error;
    }
  }

  async updateConfig(config: IdentityVaultConfig): Promise<void> {
    this.holder.config = await this.call({ call: 'updateConfig', config: toMessage(config) });
  }

  setCustomPasscode(passcode: string): Promise<void> {
    // Apps hand over what a dialog gave them, which may be nothing.
    const call = this.call({ call: 'setCustomPasscode', passcode: String(passcode ?? '') });
    this.passcodes.handedOver(call);
    return call;
  }

  onPasscodeRequested(callback: PasscodeCallback) {
    if (!this.passcodes.callback) {
      void this.#ask({ call: 'passcodeHandlerRegistered' });
    }
    this.passcodes.callback = callback;
  }

  /** Sends a call, now, and returns its answer; an error is thrown. */
  call<C extends Call>(call: C): Promise<AnswerTo<C>> {
    if (this.#closed) {
      return Promise.reject(new VaultError(VaultErrorCodes.Stopped, 'the vault is closed'));
    }
    const answer = this.#ask(call).then(
      (answer) => {
        if ('error' in answer) {
          throw vaultError(answer.error);
        }
        return (answer.ok ?? undefined) as AnswerTo<C>;
      },
      (thrown) => {
        throw thrown instanceof VaultError ? this.#unwritten(thrown) : thrown;
      },
    );
    this.#underWay.add(answer);
    const ended = () => this.#underWay.delete(answer);
    answer.then(ended, ended);
    return answer;
  }

  /** {@link Connection.call}, for a message that may be impossible to write. */
  callWith<C extends Call>(write: () => C): Promise<AnswerTo<C>> {
    try {
      return this.call(write());
    } catch (thrown) {
      return Promise.reject(
        this.#unwritten(thrown instanceof VaultError ? thrown : invalidArguments(UNREADABLE)),
      );
    }
  }

  /** Tells of a call that no message can be made of: the engine, which tells of others, has none. */
  #unwritten(error: VaultError & Error) {
    queueMicrotask(() => this.listeners.tell({ type: 'error', error }));
    return error;
  }

  async close(): Promise<void> {
    if (this.#closed) {
      return;
    }
    this.#closed = true;
    this.passcodes.close();
    if (this.#initialized) {
      await Promise.allSettled(this.#underWay);
    }
    this.#port?.close();
    this.listeners.clear();
  }

  async #ask(call: Call): Promise<Answer<unknown>> {
    this.#port ??= this.backend.open(this.lifetime, (notice) => {
      // Not at once: the app's callbacks may call the vault, and the engine is still at work. All
      // the same they run before the answer of the call that they belong to is seen.
      queueMicrotask(() => this.#hear(notice));
    });
    return this.#port.call(call);
  }

  #hear(notice: Notice) {
    switch (notice.notice) {
      case 'locked':
        return this.listeners.tell({
          type: 'lock',
          timeout: notice.cause === 'timeout',
          cause: notice.cause,
        });
      case 'unlocked':
        return this.listeners.tell({ type: 'unlock' });
      case 'configChanged': {
        const config = fromMessage(notice.config);
        this.holder.config = config;
        return this.listeners.tell({ type: 'configChanged', config });
      }
      case 'failed':
        return this.listeners.tell({ type: 'error', error: vaultError(notice.error) });
      case 'passcodeRequested': {
        const { request, isPasscodeSetRequest } = notice;
        this.listeners.tell({ type: 'passcodeRequested', isPasscodeSetRequest });
        return this.passcodes.request(request, isPasscodeSetRequest);
      }
      case 'changed':
        return this.listeners.tell({ type: 'change' });
      case 'older':
        return this.listeners.tell({ type: 'older', older: notice.older });
      case 'protectionWeakened':
      case 'protectionRaised':
      case 'protectionCanBeRaised': {
        const { notice: type, ...protections } = notice;
        return this.listeners.tell({ type, ...protections } as VaultEvent);
      }
    }
  }
}

// The enumerations' members are the very strings of the messages, which TypeScript cannot see.
const toMessage = (config: IdentityVaultConfig) => config as unknown as VaultConfig;
const fromMessage = (config: VaultConfig) => config as unknown as IdentityVaultConfig;

function isInvalid(error: unknown): boolean {
  return error instanceof VaultError && error.code === VaultErrorCodes.InvalidArguments;
}
