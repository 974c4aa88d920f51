import type { SessionConfig } from './config.js';
import { SessionError, SessionErrorCodes } from './errors.js';
import { type BearerSource, followsRedirects, header, headerName, isStream } from './fetch.js';
import type { Origins } from './origins.js';

/** As much of RxJS's `Observable` as is used. */
export interface ObservableLike<T> {
  subscribe(observer: {
    next?: (value: T) => void;
    error?: (error: any) => void;
    complete?: () => void;
  }): { unsubscribe(): void };
}

/** The class `Observable` of RxJS. */
export type ObservableClass = new (
  subscribe: (observer: {
    next(value: any): void;
    error(error: any): void;
    complete(): void;
  }) => () => void,
) => any;

/** What an app says of its `HttpClient`. */
export interface AngularOptions {
  /**
   * Whether the backend refuses redirects when it is told to, as `FetchBackend` does since Angular 20:
   * `() => inject(HttpBackend) instanceof FetchBackend`. Asked for each request that gets a key in
   * another header than `authorization`, which a browser takes along wherever a redirect leads; without
   * it, or when it says no, such a request fails with `Invalid` before anything is sent. It is called
   * where `inject` can be.
   */
  readonly refusesRedirects?: () => boolean;
}

/**
 * Angular's `HttpInterceptorFn`, for `provideHttpClient(withFetch(), withInterceptors([…]))`. A
 * request that is redirected fails with an `HttpErrorResponse` of status 0. `withFetch()` is needed
 * for it, and Angular 20: otherwise redirects are followed, and {@link SessionConfig.followRedirects}
 * says which browsers leave `authorization` behind. Another header needs
 * {@link AngularOptions.refusesRedirects}.
 */
export type AngularInterceptor = (request: any, next: (request: any) => any) => any;

export function angularInterceptor(
  source: BearerSource,
  config: SessionConfig,
  origins: Origins,
  Observable: ObservableClass,
  { refusesRedirects = () => false }: AngularOptions = {},
): AngularInterceptor {
  return (request, next) => {
    const address = origins.address(request.url);
    const name = headerName(config);
    // Who brings a header of their own knows better, and the session is not asked.
    if (address === undefined || request.headers.has(name)) {
      return next(request);
    }
    const guarded = !followsRedirects(config);
    // The backend over `fetch` heeds it, since Angular 20 knows of it. The one over XMLHttpRequest leaves
    // redirects to the browser, which takes `authorization` off at another origin, and no other header.
    const guard = guarded ? { redirect: 'error' } : {};
    const isAuthorization = name.toLowerCase() === 'authorization';
    if (!isAuthorization && (request.clone(guard).redirect !== 'error' || !refusesRedirects())) {
      return new Observable((observer) => {
        observer.error(
          new SessionError(
            SessionErrorCodes.Invalid,
            'a key in a header of its own needs a backend that refuses redirects: Angular 20 with withFetch(), which session.angular has to be told by refusesRedirects',
          ),
        );
        return () => undefined;
      });
    }
    return new Observable((observer) => {
      let subscription: { unsubscribe(): void } | undefined;
      let gone = false;
      const fail = (error: unknown) => !gone && observer.error(error);

      const send = (token: string, refused: (error: unknown) => void) => {
        if (gone) {
          return;
        }
        const [, value] = header(token, config);
        const setHeaders = { [name]: value };
        const authorized = request.clone({ url: address, setHeaders, ...guard });
        subscription = (next(authorized) as ObservableLike<unknown>).subscribe({
          next: (event) => observer.next(event),
          error: refused,
          complete: () => observer.complete(),
        });
      };

      const first = (token: string) =>
        send(token, (error) => {
          if ((error as { status?: number }).status !== 401 || gone) {
            return fail(error);
          }
          const again = (another: string) => {
            if (!isStream(request.body)) {
              return send(another, fail);
            }
            // Whoever sends a stream anew has another token.
            source.notReplayed(address);
            fail(error);
          };
          // The server's own answer says more than that there is no other token.
          source
            .another(token)
            .then(again, () => fail(error))
            .catch(fail);
        });
      // What is next may throw at once, too.
      source.bearer().then(first).catch(fail);
      return () => {
        gone = true;
        subscription?.unsubscribe();
      };
    });
  };
}
