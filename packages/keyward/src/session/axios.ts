import type { SessionConfig } from './config.js';
import { type BearerSource, followsRedirects, header, refusingRedirects } from './fetch.js';
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
  /** How Axios sends; set to `fetch`, which can refuse redirects. */
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
  const name = header('', config)[0].toLowerCase();
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
      const token = await source.bearer();
      request.headers.set(...header(token, config));
      request.keywardToken = true;
      if (!followsRedirects(config)) {
        // Of Axios's adapters, only the one over `fetch` can refuse redirects in a browser. An Axios
        // before 1.12 knows no `env.fetch`: there it is a network error.
        request.adapter = 'fetch';
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
      const stream =
        typeof ReadableStream === 'function' && request?.data instanceof ReadableStream;
      if (error?.response?.status !== 401 || !refused || request.keywardRetry) {
        throw error;
      }
      try {
        await source.another(refused.token);
      } catch {
        // The server's own answer says more than that there is no other token.
        throw error;
      }
      if (stream) {
        // Whoever sends it anew has another token.
        source.notReplayed(refused.address);
        throw error;
      }
      return axios.request({ ...request, keywardRetry: true });
    },
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
