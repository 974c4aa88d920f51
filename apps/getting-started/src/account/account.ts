import { Session, SessionError, SessionErrorCodes, type SignedOutCause } from 'keyward/session';
import { readonly, shallowRef } from 'vue';
import { vault } from '../vault/session-vault';
import { findProvider, type Provider } from './provider';

/** Whom the id token names. */
export interface Person {
  readonly sub: string;
  readonly name?: string;
  readonly email?: string;
}

const provider = shallowRef<Provider | undefined>();
const session = shallowRef<Session | undefined>();
const person = shallowRef<Person | undefined>();
const left = shallowRef<SignedOutCause | undefined>();
const ready = shallowRef(false);

let starting: Promise<void> | undefined;

/** Attaches the session to the app's vault, once. */
const start = (): Promise<void> => {
  starting ??= attach();
  return starting;
};

const attach = async (): Promise<void> => {
  provider.value = await findProvider();
  if (provider.value) {
    const { issuer, clients } = provider.value;
    const opened = new Session({
      vault,
      entry: 'account',
      server: {
        issuer,
        clientId: clients.app,
        redirectUri: `${location.origin}/signed-in`,
        postLogoutRedirectUri: `${location.origin}/`,
      },
      origins: [issuer],
    });
    opened.subscribe((event) => {
      if (event.type === 'signedIn') void look();
      if (event.type === 'signedOut') {
        person.value = undefined;
        left.value = event.cause;
      }
    });
    session.value = opened;
    await look();
  }
  ready.value = true;
};

/** Reads who is signed in. */
const look = async (): Promise<void> => {
  const view = await session.value?.view<Person>().catch((error: unknown) => {
    // Nobody has to unlock the vault to look at this page.
    if (error instanceof SessionError && error.code !== SessionErrorCodes.Invalid) return undefined;
    throw error;
  });
  person.value = view?.fields;
};

export const useAccount = () => ({
  provider: readonly(provider),
  session: session,
  person: readonly(person),
  left: readonly(left),
  ready: readonly(ready),
  start,
});
