/** What the number of a {@link SessionError} means. Numbers never change. */
export enum SessionErrorCodes {
  /** There is no session: sign in. {@link SessionError.signedOut} says why. */
  SignedOut = 200,
  /**
   * It is not to be had now: a token in the place of one that has expired or that a server has
   * refused, a sign-in, or other fields. A session that is there is kept.
   */
  Later = 201,
  /** A fresh token is refused as well. The session is kept. */
  StillRefused = 202,
  /**
   * The module's own, and rare: what is to be kept is too large for a vault, say. What the vault
   * rejects with is {@link SessionErrorCodes.Keep}.
   */
  Vault = 203,
  /**
   * The vault did not open, or could not be read or written. Its own error is in
   * {@link SessionError.cause}.
   */
  Keep = 204,
  /** What is in the vault under the session's name is no session. It is kept as it is. */
  Unreadable = 205,
  /** The caller's mistake. */
  Invalid = 206,
  /** The server refuses to sign in with these credentials. */
  CredentialsRefused = 207,
  /** The session is closed. */
  Stopped = 208,
  /** The server answered a request that carried a token by a redirect, which was not followed. */
  Redirected = 215,
  /** A sign-in did not come to its end; {@link SessionError.cause} says why. */
  SignInFailed = 216,
  /** The person closed the window, or said no. */
  SignInCancelled = 217,
  /** The page's policy, or the browser, does not let WebAssembly run. */
  EngineUnavailable = 218,
}

/** Why there is no session any more. */
export type SignedOutCause =
  /** Nobody has signed in. */
  | 'neverSignedIn'
  /** {@link Session.logout}. */
  | 'requested'
  /** The server refuses the refresh token: revoked, expired, or spent. */
  | 'refused'
  /** The same, after an answer that may have held the next one was lost on its way. */
  | 'answerLost'
  /** The token has expired, and nothing can replace it. */
  | 'expired'
  /** Another tab has signed out. */
  | 'elsewhere';

/**
 * Why a refresh did not work this time. `offline`: nothing was sent, because there is no network, or
 * because the provider could not be asked where its endpoints are.
 */
export type Trouble =
  'offline' | 'noAnswer' | 'server' | 'tooManyRequests' | 'badAnswer' | 'misconfigured' | 'busy';

/** What a session rejects with. Never carries a token. */
export class SessionError extends Error {
  /** Always `SessionError`. */
  override readonly name: string = 'SessionError';
  /** With {@link SessionErrorCodes.SignedOut}. */
  readonly signedOut?: SignedOutCause;
  /** With {@link SessionErrorCodes.Later}. */
  readonly trouble?: Trouble;
  /** With {@link SessionErrorCodes.Later}: after how many milliseconds the next try is made. */
  readonly retryAfter?: number;

  constructor(
    /** What went wrong, by what the app can do next. */
    readonly code: SessionErrorCodes,
    message: string,
    more: {
      signedOut?: SignedOutCause;
      trouble?: Trouble;
      retryAfter?: number;
      cause?: unknown;
    } = {},
  ) {
    super(message);
    const { cause, ...rest } = more;
    if (cause !== undefined) {
      Object.defineProperty(this, 'cause', { value: cause, configurable: true });
    }
    Object.assign(this, rest);
  }
}

/**
 * What a library says of its failure. Its own error holds on to the answer that it did not like, which
 * may be one with tokens.
 */
export function reason(thrown: unknown): Error {
  const { name, message, code, error } = thrown as Partial<Record<string, unknown>>;
  const told = new Error(typeof message === 'string' ? message : 'it failed');
  told.name = typeof name === 'string' ? name : 'Error';
  return Object.assign(
    told,
    typeof code === 'string' && { code },
    // A code of OAuth's, and nothing else that the server may have put there.
    typeof error === 'string' && /^[a-z_]{1,64}$/.test(error) && { error },
  );
}

/** An error of the module, or anything else that was thrown. */
export function sessionError(thrown: unknown): SessionError {
  if (thrown instanceof SessionError) {
    return thrown;
  }
  const {
    code,
    message,
    cause,
    trouble,
    retryAfter,
    thrown: inner,
  } = thrown as {
    code?: number;
    message?: string;
    cause?: SignedOutCause;
    trouble?: Trouble;
    retryAfter?: number;
    thrown?: unknown;
  };
  return new SessionError(code ?? SessionErrorCodes.Stopped, message ?? 'the session has failed', {
    ...(cause !== undefined && { signedOut: cause }),
    ...(trouble !== undefined && { trouble }),
    ...(retryAfter !== undefined && { retryAfter }),
    ...(inner !== undefined && { cause: inner }),
  });
}
