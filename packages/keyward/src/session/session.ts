import {
  disposable,
  makeAsyncDisposable,
  type MaybeAsyncDisposable,
  type MaybeDisposable,
} from '../disposal.js';
import {
  type AngularInterceptor,
  angularInterceptor,
  type AngularOptions,
  type ObservableClass,
} from './angular.js';
import { type AxiosInterceptors, axiosInterceptors } from './axios.js';
import type { LoggedOut, SessionConfig, SessionView, Tokens } from './config.js';
import { Endpoints } from './endpoints.js';
import {
  SessionError,
  sessionError,
  SessionErrorCodes,
  type SignedOutCause,
  type Trouble,
} from './errors.js';
import { authorizedFetch, type BearerSource } from './fetch.js';
import type { SessionPort } from './glue.js';
import { Origins } from './origins.js';
import * as signIn from './sign-in.js';
import { engine } from './wasm.js';

/** Something that happened to a session. */
export type SessionEvent =
  /** There is a session now: somebody has signed in, here or in another tab. */
  | { readonly type: 'signedIn' }
  /** A refresh token is about to be spent. */
  | { readonly type: 'refreshing' }
  /** A new token is there, and what it takes to get the next one is durable. */
  | { readonly type: 'refreshed' }
  /** A refresh did not work this time; the next try is made after `retryAfter` milliseconds. */
  | { readonly type: 'deferred'; readonly trouble: Trouble; readonly retryAfter: number }
  /**
   * A server of `origin` has answered 401 to a request whose body was a stream, which can be sent
   * once only. The caller has that answer; there is another token for whoever sends it anew.
   */
  | { readonly type: 'notReplayed'; readonly origin: string }
  /** The session has ended. Once per session. */
  | { readonly type: 'signedOut'; readonly cause: SignedOutCause };

/** What a session is besides its methods. */
export interface Session extends MaybeAsyncDisposable {}

/**
 * A bearer token's life: kept sealed in a vault, served from memory, refreshed once for however many
 * callers and tabs, and gone after a sign-out.
 */
export class Session {
  /**
   * The platform's `fetch`, with the token on requests to {@link SessionConfig.origins} that have no
   * such header of their own. A 401 is answered by one refresh and one retry. A `body` that is a
   * stream can be sent once only: then the 401 itself is the answer, the event `notReplayed` says so,
   * and the next request has another token.
   */
  readonly fetch: typeof globalThis.fetch;
  readonly #config: SessionConfig;
  readonly #origins: Origins;
  readonly #endpoints: Endpoints;
  readonly #source: BearerSource;
  readonly #listeners = new Set<(event: SessionEvent) => void>();
  #port: SessionPort | undefined;
  #opening: Promise<SessionPort> | undefined;
  #deaf: (() => void) | undefined;
  #closed = false;
  #signOuts = 0;

  constructor(config: SessionConfig) {
    this.#config = config;
    this.#origins = new Origins(config.origins);
    this.#endpoints = new Endpoints(config);
    this.#source = {
      bearer: () => this.bearer(),
      another: (refused) => this.another(refused),
      notReplayed: (url) => this.#tell({ type: 'notReplayed', origin: new URL(url).origin }),
    };
    this.fetch = authorizedFetch(this.#source, config, this.#origins);
    makeAsyncDisposable(this);
  }

  /**
   * A token that goes with a request now: from memory when it is fresh, from the vault after a
   * start, and from the server when it is about to expire.
   *
   * @throws `SignedOut`; `Later` when it has expired and there is none to be had now.
   */
  bearer(): Promise<string> {
    const token = this.#port?.bearer_now();
    return token === undefined ? this.#ask((port) => port.bearer()) : Promise.resolve(token);
  }

  /**
   * Another token than `refused`, which a server has refused (401) although it seemed fresh. Whoever
   * asks repeats its request once, and gives up then.
   */
  another(refused: string): Promise<string> {
    return this.#ask((port) => port.another(refused));
  }

  /** Begins a session with tokens that the app has got by itself. When this resolves, it is durable. */
  begin(tokens: Tokens): Promise<void> {
    const { fields, ...rest } = tokens;
    const text = fields === undefined ? undefined : JSON.stringify(fields);
    return this.#ask((port) => port.begin({ ...rest, fields: text }));
  }

  /** Signs in at a {@link BackendServer}: posts `credentials` as JSON to its log-in URL. */
  signIn(credentials: unknown): Promise<void> {
    return this.#ask((port) => port.sign_in(JSON.stringify(credentials)));
  }

  /**
   * Sends the browser to the provider, to come back to `redirectUri`, where
   * {@link Session.completeSignIn} is to be called. Resolves when the browser is on its way.
   *
   * @param state - What the app wants to know again when the browser is back, such as the page.
   */
  async signInWithRedirect(state?: unknown): Promise<void> {
    await signIn.redirect(this.#oauth(), state);
  }

  /**
   * Signs in at the provider in a window of its own. To be called at once when the person clicks:
   * browsers block windows otherwise. The page at `redirectUri` calls
   * {@link Session.completeSignIn}.
   */
  async signInWithPopup(): Promise<void> {
    await this.#enter(signIn.popup(this.#oauth()).then((tokens) => ({ tokens })));
  }

  /**
   * What the page at `redirectUri` calls: checks what the provider has sent, and begins the session.
   * In a window of {@link Session.signInWithPopup} it hands that over, and closes the window.
   *
   * @returns the app's state of {@link Session.signInWithRedirect}.
   */
  async completeSignIn(url: string = location.href): Promise<unknown> {
    const completed = await this.#enter(signIn.complete(this.#oauth(), url));
    return completed?.state;
  }

  /**
   * Ends the session: memory first, then the vault, and then the server is told. Whatever becomes
   * of the result, this page hands no token out from now on.
   *
   * @throws what unlocking or writing the vault rejects with, in `cause`. The tokens are still sealed in
   * the vault then. That they have been signed out of is remembered: no page that is opened later hands
   * them out, and the first that sees the vault open clears it. Where there is no localStorage, this
   * page alone knows.
   */
  async logout(): Promise<LoggedOut> {
    this.#signOuts++;
    const out = (await this.#ask((port) => port.logout())) as LoggedOut;
    return this.#endpoints.loggedOut(out);
  }

  /** What is known of the session, from the vault; `undefined` without one. Refreshes nothing. */
  async view<Fields = any>(): Promise<SessionView<Fields> | undefined> {
    const view = (await this.#ask((port) => port.view())) as SessionView<Fields> | undefined;
    return view && view.fields !== undefined
      ? { ...view, fields: JSON.parse(view.fields as string) as Fields }
      : view;
  }

  /** Replaces the app's own fields, any JSON value. */
  setFields(fields: unknown): Promise<void> {
    return this.#ask((port) => port.set_fields(JSON.stringify(fields)));
  }

  /**
   * Sends revocations that could not be sent before. A session does so by itself, after a start and
   * from time to time. `later`: there are some left, or the vault is locked, which is not asked to open.
   */
  async sendRevocations(): Promise<LoggedOut['revocation']> {
    const revocation = await this.#ask((port) => port.send_revocations());
    return this.#endpoints.revoked(revocation as LoggedOut['revocation']);
  }

  /**
   * Interceptors for Axios: `axios.interceptors.request.use(request)`,
   * `….response.use(undefined, onRejected(axios))`.
   */
  axios(): AxiosInterceptors {
    return axiosInterceptors(this.#source, this.#config, this.#origins);
  }

  /**
   * An `HttpInterceptorFn` for Angular.
   *
   * @param Observable - The class of RxJS that the app uses.
   * @param options - Needed where {@link SessionConfig.placement} names another header than
   * `authorization`.
   */
  angular(Observable: ObservableClass, options?: AngularOptions): AngularInterceptor {
    return angularInterceptor(this.#source, this.#config, this.#origins, Observable, options);
  }

  /** Hears of every event until the returned function is called. */
  subscribe(listener: (event: SessionEvent) => void): (() => void) & MaybeDisposable {
    this.#listeners.add(listener);
    return disposable(() => void this.#listeners.delete(listener));
  }

  /** Ends this handle: nothing of the session is in memory any more. What is kept stays. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#deaf?.();
    this.#port?.close();
    this.#listeners.clear();
  }

  /** Begins with what a sign-in brings, unless somebody signs out before it is there. */
  async #enter<T extends { readonly tokens: Tokens }>(signIn: Promise<T | undefined>) {
    const before = this.#signOuts;
    const brought = await signIn;
    if (brought) {
      await this.begin(brought.tokens);
    }
    if (brought && before !== this.#signOuts) {
      // They are only there to be revoked, by whatever means a sign-out has, now or later.
      await this.logout();
      const message = 'somebody has signed out before the sign-in was through';
      throw new SessionError(SessionErrorCodes.SignedOut, message, { signedOut: 'requested' });
    }
    return brought;
  }

  #oauth() {
    const { server, timeout } = this.#config;
    if (typeof server !== 'object' || !('issuer' in server)) {
      throw new SessionError(SessionErrorCodes.Invalid, 'only an OAuth server has such a sign-in');
    }
    return { ...server, timeout };
  }

  async #ask<T>(call: (port: SessionPort) => Promise<T>): Promise<T> {
    if (this.#closed) {
      throw new SessionError(SessionErrorCodes.Stopped, 'the session is closed');
    }
    try {
      // Without a detour where there is none to take, so that a sign-out is one at once.
      return await call(this.#port ?? (await this.#open()));
    } catch (thrown) {
      throw sessionError(thrown);
    }
  }

  #open(): Promise<SessionPort> {
    this.#opening ??= this.#start().catch((thrown: unknown) => {
      // The next call tries again.
      this.#opening = undefined;
      throw thrown;
    });
    return this.#opening;
  }

  async #start(): Promise<SessionPort> {
    const { vault, entry = 'session', ...rest } = this.#config;
    // The vault answers when it is initialised.
    const asked = vault.isLocked().catch((cause: unknown) => {
      const message = "the session's place could not be read or written";
      throw new SessionError(SessionErrorCodes.Keep, message, { cause });
    });
    const [glue] = await Promise.all([engine(), asked]);
    const doors = {
      load: async (name: string) => {
        const value: unknown = await vault.getValue(name);
        return value instanceof Uint8Array ? false : value === null ? null : JSON.stringify(value);
      },
      store: (name: string, text: string) => vault.setValue(name, JSON.parse(text)),
      remove: (name: string) => vault.removeValue(name),
      isLocked: () => vault.isLocked(),
    };
    const port = new glue.SessionPort(
      { ...rest, entry, server: this.#endpoints.described },
      vault.config?.key ?? '',
      doors,
      (url) => this.#endpoints.locate(url),
      (event) => this.#tell(event),
    );
    if (this.#closed) {
      port.close();
      return port;
    }
    this.#deaf = vault.subscribe(({ type }) => {
      const signal = SIGNALS[type];
      if (signal) {
        port.signal(signal);
      }
    });
    this.#port = port;
    return port;
  }

  #tell(event: SessionEvent) {
    for (const listener of [...this.#listeners]) {
      try {
        listener(event);
      } catch (error) {
        // The app's own error, which must not keep others from hearing.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}

const SIGNALS: Readonly<Record<string, 'locked' | 'unlocked' | 'changed'>> = {
  lock: 'locked',
  unlock: 'unlocked',
  change: 'changed',
};
