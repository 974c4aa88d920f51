import type { SessionConfig } from './config.js';
import {
  type BearerSource,
  followsRedirects,
  header,
  headerName,
  isStream,
  refusingRedirects,
  unlessAborted,
} from './fetch.js';
import type { Origins } from './origins.js';

/** As much of an Axios request's configuration as is used. */
export interface AxiosRequest {
  /** The address, or what follows `baseURL`. */
  url?: string;
  /** What goes before a `url` that is not absolute. */
  baseURL?: string;
  /** False: `baseURL` goes before every `url`. Set to true where `url` is made absolute. */
  allowAbsoluteUrls?: boolean;
  /**
   * The headers, into which the token is set, unless there is such a header already. False: none of
   * that name, and Axios sets none.
   */
  headers: { has(name: string): boolean; set(name: string, value: string | false): unknown };
  /** A name and password, which Axios makes the `authorization` header of. */
  auth?: any;
  /** The body: a stream is not sent again. */
  data?: any;
  /** What makes the body of `data`. */
  transformRequest?: any;
  /** Who gives up by it need not wait for a token. */
  signal?: any;
  /** The same, as Axios had it before. */
  cancelToken?: any;
  /** How Axios sends; set to `fetch`, which can refuse redirects, and takes no token along. */
  adapter?: any;
  /** Options of that `fetch`. */
  fetchOptions?: Record<string, any>;
  /** Where Axios takes that `fetch` from. */
  env?: any;
  /** Set when the header is the session's: if the request is sent anew, it is replaced. */
  keywardToken?: boolean;
  /** Set on the second try of a request. */
  keywardRetry?: boolean;
}

/** Interceptors for an Axios instance. */
export interface AxiosInterceptors {
  /**
   * For `axios.interceptors.request.use`. A request that is redirected rejects with an `AxiosError`
   * whose `cause` is the {@link SessionError} `Redirected`.
   */
  readonly request: <T extends AxiosRequest>(config: T) => Promise<T>;
  /**
   * For `axios.interceptors.response.use`, as `(undefined, onRejected(axios))`: answers a 401 by one
   * refresh and one retry by `axios`.
   */
  readonly onRejected: (axios: {
    request(config: any): Promise<any>;
  }) => (error: any) => Promise<any>;
}

export function axiosInterceptors(
  source: BearerSource,
  config: SessionConfig,
  origins: Origins,
): AxiosInterceptors {
  // One for each `fetch`, because Axios keeps an adapter for each.
  const guarded = new Map<typeof fetch, typeof fetch>();
  const guard = (ask: typeof fetch) => {
    const known = guarded.get(ask) ?? refusingRedirects(ask);
    guarded.set(ask, known);
    return known;
  };
  const name = headerName(config).toLowerCase();
  // Who brings a header of their own knows better, and the session is not asked.
  const hasOwn = ({ headers, auth, keywardToken }: AxiosRequest) =>
    (headers.has(name) && !keywardToken) || (name === 'authorization' && Boolean(auth));
  // The token that a request carried, and where to. Axios copies a request's configuration, and keeps
  // the headers.
  const sent = new WeakMap<object, { token: string; address: string }>();
  return {
    async request(request) {
      const given = resolve(request);
      const address = origins.address(given);
      if (address === undefined || hasOwn(request)) {
        return request;
      }
      if (address !== given) {
        request.url = address;
        request.allowAbsoluteUrls = true;
      }
      const signal = signalOf(request);
      const token = await unlessAborted(() => source.bearer(), signal).catch(unlessGone(signal));
      if (token === undefined) {
        // Axios looks as well before it sends, and has an error of its own for it.
        return request;
      }
      request.headers.set(...header(token, config));
      request.keywardToken = true;
      const guarded = !followsRedirects(config);
      if (guarded || typeof XMLHttpRequest === 'undefined') {
        // Of Axios's adapters, only the one over `fetch` can refuse redirects in a browser. In Node, the
        // one over `http` takes a token along to subdomains. An Axios that has no such adapter, as those
        // before 1.7, fails.
        request.adapter = 'fetch';
      }
      if (guarded) {
        // An Axios before 1.12 knows no `env.fetch`: there it is a network error.
        request.env = { ...request.env, fetch: guard(request.env?.fetch ?? globalThis.fetch) };
        request.fetchOptions = { ...request.fetchOptions, redirect: 'error' };
        // That adapter names Axios there. Where a browser lets it, as Firefox does, the server is asked
        // whether it allows such a header from other origins, and few do.
        if (!request.headers.has('user-agent')) {
          request.headers.set('user-agent', false);
        }
      }
      sent.set(request.headers, { token, address });
      return request;
    },
    onRejected: (axios) => async (error) => {
      const request = error?.config as AxiosRequest | undefined;
      const refused = request && sent.get(request.headers);
      if (error?.response?.status !== 401 || !refused || request.keywardRetry) {
        throw error;
      }
      const signal = signalOf(request);
      try {
        await unlessAborted(() => source.another(refused.token), signal).catch(unlessGone(signal));
      } catch {
        // The server's own answer says more than that there is no other token.
        throw error;
      }
      if (isStream(request.data) && !signal?.aborted) {
        // Whoever sends it anew has another token.
        source.notReplayed(refused.address);
        throw error;
      }
      // Its body has been made of the data already.
      const transformRequest = [(data: unknown) => data];
      return axios.request({ ...request, transformRequest, keywardRetry: true });
    },
  };
}

/** How the caller says that they have gone. */
function signalOf({ signal, cancelToken }: AxiosRequest): AbortSignal | undefined {
  return signal ?? cancelToken?.toAbortSignal?.();
}

/** No error where it is no more than that the caller has gone. */
function unlessGone(signal: AbortSignal | undefined): (error: unknown) => undefined {
  return (error) => {
    if (!signal?.aborted) {
      throw error;
    }
  };
}

/** What Axios makes of the two, before the page's address comes into it. */
function resolve({ url = '', baseURL, allowAbsoluteUrls }: AxiosRequest): string {
  const absolute = /^([a-z][a-z\d+.-]*:)?\/\//i.test(url) && allowAbsoluteUrls !== false;
  if (absolute || !baseURL || !url) {
    return url || (baseURL ?? '');
  }
  return `${baseURL.replace(/\/+$/, '')}/${url.replace(/^\/+/, '')}`;
}
