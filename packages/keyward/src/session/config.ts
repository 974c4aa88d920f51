// What an app says about a session.

/** The vault that keeps sessions: a `Vault` of `keyward`, or what has the same members. */
export interface SessionVault {
  /** Its `key` is read once it is initialised. */
  readonly config: { readonly key: string } | undefined;
  /** The value of an entry; nullish where there is none. */
  getValue(key: string): Promise<any>;
  /** Stores an entry; it is durable when this resolves. */
  setValue(key: string, value: any): Promise<void>;
  /** Removes an entry, and is content where there is none. */
  removeValue(key: string): Promise<void>;
  /** Whether the vault would have to be unlocked for a read. */
  isLocked(): Promise<boolean>;
  /** Tells the vault's events, until what it answers is called. */
  subscribe(listener: (event: { readonly type: string }) => void): () => void;
}

/** An authorization server (OAuth 2.0, OpenID Connect), for a public client. */
export interface OAuthServer {
  /**
   * Where the provider is. Its endpoints are discovered there, when there is something to send;
   * those that are given below are taken as they are.
   */
  readonly issuer: string;
  /** What the provider knows the app by. */
  readonly clientId: string;
  /** Where the provider sends the browser back to; for sign-ins. */
  readonly redirectUri?: string;
  /** Default: `openid profile email offline_access`. */
  readonly scope?: string;
  /**
   * Where tokens are asked for. Default: what discovery says. Where it is given, a provider without
   * discovery will do, but for sign-ins: what is not given of the two below is then not there.
   */
  readonly tokenEndpoint?: string;
  /** Where tokens are revoked (RFC 7009). Default: what discovery says. */
  readonly revocationEndpoint?: string;
  /** Where the browser ends the provider's own session. Default: what discovery says. */
  readonly endSessionEndpoint?: string;
  /** Where the browser goes after the end of the provider's own session. */
  readonly postLogoutRedirectUri?: string;
  /** Further parameters of the sign-in, such as `prompt` or `audience`. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Further parameters of each refresh. */
  readonly refreshParameters?: Readonly<Record<string, string>>;
  /** What the app keeps of the id token's checked claims. Default: `sub`, `name` and `email`. */
  readonly fields?: (claims: Readonly<Record<string, unknown>>) => unknown;
}

/** A back end of the app's own, with JSON of any shape. */
export interface BackendServer {
  /** Where {@link Session.signIn} posts its credentials as JSON. */
  readonly logIn?: string;
  /**
   * Where the refresh token is posted as `{[refreshField]: token}`, or, where `mapping` has no
   * `refresh`, an empty object; with the access token in the `authorization` header.
   */
  readonly refresh?: string;
  /** The same, at the end. */
  readonly logOut?: string;
  /** Default: `refresh_token`. */
  readonly refreshField?: string;
  /** Where things stand in the answers, as JSON Pointers. Default: OAuth's names. */
  readonly mapping?: {
    readonly access: string;
    readonly refresh?: string;
    /** Seconds. */
    readonly expiresIn?: string;
    /** The app's own fields: any JSON value. */
    readonly fields?: string;
  };
}

/** How a session is kept, refreshed, and put on requests. */
export interface SessionConfig {
  /** The vault, which the app initialises; the session waits for that. */
  readonly vault: SessionVault;
  /** The name of the vault's entry. Sessions side by side have different ones. Default: `session`. */
  readonly entry?: string;
  /** Who gives tokens. `key` for an API key, which nobody refreshes. */
  readonly server: OAuthServer | BackendServer | 'key';
  /**
   * The origins whose requests carry the token, such as `https://api.example.org`. A token goes to
   * no other.
   */
  readonly origins: readonly string[];
  /**
   * Whether a request that carries a token may be redirected. The platform then takes the
   * `authorization` header off when the redirect leads to another origin: Chromium since 119, Firefox
   * since 111, Safari since 16.1; older ones send it along. Default: false, such a request rejects
   * with `Redirected`.
   */
  readonly followRedirects?: boolean;
  /** Which header the token goes into. Default: `authorization: Bearer …`. */
  readonly placement?: { readonly header: string; readonly scheme?: string };
  /** How many milliseconds before its end a token is replaced. Default: 60,000. */
  readonly leeway?: number;
  /** After how many milliseconds an answer is given up. Default: 30,000. */
  readonly timeout?: number;
  /** For how many milliseconds a revocation is kept that could not be sent. Default: 30 days. */
  readonly revocationMaxAge?: number;
}

/** Tokens that a sign-in of the app's own has brought. */
export interface Tokens {
  /** What goes with requests. */
  readonly accessToken: string;
  /**
   * What the next token is asked for with. Without it nothing is refreshed, but by a
   * {@link BackendServer} whose `mapping` has no `refresh`.
   */
  readonly refreshToken?: string;
  /** Checked by who brings it. */
  readonly idToken?: string;
  /** Seconds. Without it, the token is used until it is refused. */
  readonly expiresIn?: number;
  /** What the token is good for, as the server said. */
  readonly scope?: string;
  /** The app's own fields: any JSON value. */
  readonly fields?: unknown;
}

/** What is known of a session. */
export interface SessionView<Fields = any> {
  /** Milliseconds; absent when nobody said. */
  readonly expiresIn?: number;
  /** Whether there is a refresh token. */
  readonly refreshable: boolean;
  /** What the token is good for, as the server said. */
  readonly scope?: string;
  /**
   * What stands before the token in its header: `Bearer`, unless {@link SessionConfig.placement} says
   * otherwise. Tokens of another type than `Bearer` are taken from no {@link OAuthServer}.
   */
  readonly tokenType?: string;
  /** The id token of the sign-in. */
  readonly idToken?: string;
  /** The app's own fields. */
  readonly fields?: Fields;
}

/** How a sign-out went. */
export interface LoggedOut {
  /**
   * `done`: the server has taken the tokens back. `later`: it could not be told yet, or does not do it
   * (it does not accept the client, say); they are kept sealed until it does, or until they are too
   * old. `notOffered`: it takes none back, or there were none.
   */
  readonly revocation: 'done' | 'later' | 'notOffered';
  /**
   * Where the browser ends the provider's own session, if it has one. Holds the id token. Absent as
   * well when the provider could not be asked where that is.
   */
  readonly endSession?: string;
}
