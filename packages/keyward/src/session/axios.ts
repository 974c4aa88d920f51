import type { SessionConfig } from './config.js';
import { type BearerSource, followsRedirects, header, refusingRedirects } from './fetch.js';
import type { Origins } from './origins.js';

/** As much of an Axios request's configuration as is used. */
export interface AxiosRequest {
  /** The address, or what follows `baseURL`. */
  url?: string;
  /** What goes before a `url` that is not absolute. */
  baseURL?: string;
  /** The headers, into which the token is set. */
  headers: { set(name: string, value: string): unknown };
  /** The body: a stream is not sent again. */
  data?: any;
  /** How Axios sends; set to `fetch`, which can refuse redirects. */
  adapter?: any;
  /** Options of that `fetch`. */
  fetchOptions?: Record<string, any>;
  /** Where Axios takes that `fetch` from. */
  env?: any;
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
  // The token that a request carried. Axios copies a request's configuration, and keeps the headers.
  const sent = new WeakMap<object, string>();
  return {
    async request(request) {
      if (!origins.allow(resolve(request))) {
        return request;
      }
      const token = await source.bearer();
      request.headers.set(...header(token, config));
      if (!followsRedirects(config)) {
        // Of Axios's adapters, only the one over `fetch` can refuse redirects in a browser. An Axios
        // before 1.12 knows no `env.fetch`: there it is a network error.
        request.adapter = 'fetch';
        request.env = { ...request.env, fetch: guard(request.env?.fetch ?? globalThis.fetch) };
        request.fetchOptions = { ...request.fetchOptions, redirect: 'error' };
      }
      sent.set(request.headers, token);
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
        await source.another(refused);
      } catch {
        // The server's own answer says more than that there is no other token.
        throw error;
      }
      if (stream) {
        // Whoever sends it anew has another token.
        throw error;
      }
      return axios.request({ ...request, keywardRetry: true });
    },
  };
}

function resolve({ url = '', baseURL }: AxiosRequest): string {
  const absolute = /^([a-z][a-z\d+.-]*:)?\/\//i.test(url);
  return absolute || baseURL === undefined
    ? url
    : `${baseURL.replace(/\/+$/, '')}/${url.replace(/^\/+/, '')}`;
}
