/**
 * Bearer tokens that are kept in a vault, refreshed once, and gone after a sign-out.
 *
 * @packageDocumentation
 */

export type { AngularInterceptor, AngularOptions, ObservableClass } from './angular.js';
export type { AxiosInterceptors, AxiosRequest } from './axios.js';
export type {
  BackendServer,
  LoggedOut,
  OAuthServer,
  SessionConfig,
  SessionVault,
  SessionView,
  Tokens,
} from './config.js';
export { SessionError, SessionErrorCodes, type SignedOutCause, type Trouble } from './errors.js';
export { Session, type SessionEvent } from './session.js';
export type { MaybeAsyncDisposable, MaybeDisposable } from '../disposal.js';
