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

/**
 * Angular's `HttpInterceptorFn`, for `provideHttpClient(withFetch(), withInterceptors([…]))`. A
 * request that is redirected fails with an `HttpErrorResponse` of status 0. `withFetch()` is needed,
 * and Angular 20: otherwise redirects are followed, and {@link SessionConfig.followRedirects} says
 * which browsers leave the token behind.
 */
export type AngularInterceptor = (request: any, next: (request: any) => any) => any;

export function angularInterceptor(
  source: BearerSource,
  config: SessionConfig,
  origins: Origins,
  Observable: ObservableClass,
): AngularInterceptor {
  return (request, next) => {
    const address = origins.address(request.url);
    const name = headerName(config);
    // Who brings a header of their own knows better, and the session is not asked.
    if (address === undefined || request.headers.has(name)) {
      return next(request);
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
        const guarded = !followsRedirects(config);
        const authorized = request.clone({
          url: address,
          setHeaders: { [name]: value },
          // The backend over `fetch` heeds it. The one over XMLHttpRequest leaves redirects to the
          // browser, which takes `authorization` off at another origin.
          ...(guarded && { redirect: 'error' }),
        });
        if (guarded && authorized.redirect !== 'error' && name.toLowerCase() !== 'authorization') {
          // Nobody would take another header off.
          return fail(
            new SessionError(
              SessionErrorCodes.Invalid,
              'only Angular 20 and later can refuse redirects, which a key in a header of its own needs',
            ),
          );
        }
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
