import { SessionError, SessionErrorCodes, type SignedOutCause, type Trouble } from 'keyward/session';
import { inWords, type Explanation } from '../vault/in-words';

/** Why there is no session any more, for the person who had it. */
export const LEFT: Readonly<Record<SignedOutCause, string>> = {
  neverSignedIn: 'Nobody is signed in.',
  requested: 'Nobody is signed in.',
  elsewhere: 'Signed out in another tab.',
  refused: 'The provider has ended this session, or was started anew since.',
  answerLost: 'The session was lost on its way from the provider. Sign in again.',
  expired: 'The session has expired.',
};

export const TROUBLES: Readonly<Record<Trouble, string>> = {
  offline: 'The provider cannot be reached',
  noAnswer: 'The provider does not answer',
  server: 'The provider has a fault',
  tooManyRequests: 'The provider has had too many requests',
  badAnswer: 'The provider’s answer cannot be read',
  misconfigured: 'The provider does not know this app',
  busy: 'Another tab is at it',
};

/** An error of a session, for the person who uses the app. */
export const sessionInWords = (error: unknown): Explanation => {
  // What a request comes to where nobody listens; the API is the provider's.
  if (error instanceof TypeError) return { what: `${TROUBLES.noAnswer}.`, next: STILL_RUNNING };
  if (!(error instanceof SessionError)) return inWords(error);
  switch (error.code) {
    case SessionErrorCodes.SignedOut:
      return { what: LEFT[error.signedOut ?? 'neverSignedIn'], next: 'Sign in, and there is a token again.' };
    case SessionErrorCodes.Later:
      return { what: `${TROUBLES[error.trouble ?? 'noAnswer']}.`, next: STILL_RUNNING };
    case SessionErrorCodes.StillRefused:
      return { what: 'The API refuses a fresh token, too.', next: 'You stay signed in.' };
    case SessionErrorCodes.SignInCancelled:
      return { what: 'You have cancelled the sign-in.', next: 'Nothing has changed.' };
    case SessionErrorCodes.SignInFailed:
      return { what: 'The sign-in did not come to its end.', next: 'Nothing was kept. Try again.' };
    default:
      // The vault's own error says more.
      return inWords((error as { cause?: unknown }).cause ?? error);
  }
};

const STILL_RUNNING = 'What the vault keeps is unchanged. Is “cargo xtask demo” still running?';
