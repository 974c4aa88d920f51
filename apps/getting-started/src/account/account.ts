import { Session, type SessionEvent, type SignedOutCause } from 'keyward/session';
import { readonly, shallowReadonly, shallowRef } from 'vue';
import type { Explanation } from '../vault/in-words';
import { vault } from '../vault/session-vault';
import { note, type Happening } from '../vault/watch-vault';
import { LEFT, sessionInWords, TROUBLES } from './in-words';
import { findProvider, type Provider } from './provider';

/** Whom the id token names. */
export interface Person {
  readonly sub: string;
  readonly name?: string;
  readonly email?: string;
}

/** How it stands with the account. `locked`: the vault has to be opened before anybody can tell. */
export type Standing = 'looking' | 'no-provider' | 'trouble' | 'locked' | 'signed-out' | 'signed-in';

const LONGEST_TIME_LINE = 20;

const provider = shallowRef<Provider | undefined>();
const standing = shallowRef<Standing>('looking');
const person = shallowRef<Person | undefined>();
/** When the access token expires, on the page's own clock. */
const expires = shallowRef<number | undefined>();
const left = shallowRef<SignedOutCause>('neverSignedIn');
const trouble = shallowRef<Explanation | undefined>();
const timeLine = shallowRef<readonly Happening[]>([]);

/** The vault's events after which it may stand otherwise. */
const MATTERS: readonly string[] = ['lock', 'unlock', 'change', 'configChanged'];

let session: Session | undefined;

/** Finds the provider, and attaches a session to the app's vault: once there is one, once. */
const attach = async (): Promise<Session | undefined> => {
  provider.value ??= await findProvider();
  if (session || !provider.value) return session;
  const { issuer, clients } = provider.value;
  session = new Session({
    vault,
    entry: 'account',
    server: {
      issuer,
      clientId: clients.app,
      redirectUri: `${location.origin}/sign-in`,
      postLogoutRedirectUri: `${location.origin}/`,
    },
    // The API is at the same place; a token goes nowhere else.
    origins: [issuer],
  });
  session.subscribe((event) => {
    const [what, why, kind] = told(event);
    timeLine.value = [note(what, why, kind), ...timeLine.value].slice(0, LONGEST_TIME_LINE);
    if (event.type === 'signedIn') left.value = 'neverSignedIn';
    if (event.type === 'signedOut') left.value = event.cause;
    void look();
  });
  vault.subscribe(({ type }) => {
    if (MATTERS.includes(type)) void look();
  });
  return session;
};

let looks = 0;

/** Looks how it stands. Asks nobody: a vault that is locked stays locked. */
const look = async (): Promise<void> => {
  const mine = ++looks;
  let found: Standing;
  let view: Awaited<ReturnType<typeof Session.prototype.view<Person>>>;
  let problem: Explanation | undefined;
  try {
    const attached = await attach();
    if (!attached) found = 'no-provider';
    else if (await vault.isLocked()) found = 'locked';
    else {
      view = await attached.view<Person>();
      found = view ? 'signed-in' : 'signed-out';
    }
  } catch (error) {
    found = 'trouble';
    problem = sessionInWords(error);
  }
  // A later look knows better.
  if (mine !== looks) return;
  standing.value = found;
  trouble.value = problem;
  person.value = view?.fields;
  expires.value = view?.expiresIn === undefined ? undefined : performance.now() + view.expiresIn;
};

/** The session; only after a look that has found a provider. */
const current = (): Session => {
  if (!session) throw new Error('no provider has been found');
  return session;
};

export const useAccount = () => ({
  provider: readonly(provider),
  standing: readonly(standing),
  person: readonly(person),
  expires: readonly(expires),
  left: readonly(left),
  trouble: readonly(trouble),
  timeLine: shallowReadonly(timeLine),
  session: current,
  look,
});

const told = (event: SessionEvent): [string, string, Happening['kind']] => {
  switch (event.type) {
    case 'signedIn':
      return ['Signed in', 'the tokens are sealed in the vault', 'opened'];
    case 'refreshing':
      return ['Refreshing', 'the refresh token is spent, once for all who wait', 'page'];
    case 'refreshed':
      return ['Refreshed', 'the next refresh token is in the vault, durably', 'changed'];
    case 'deferred':
      return ['Refresh put off', TROUBLES[event.trouble], 'failed'];
    case 'notReplayed':
      return ['Not sent again', `${event.origin} has refused a stream`, 'failed'];
    case 'signedOut':
      return ['Signed out', WHY[event.cause] ?? LEFT[event.cause], 'locked'];
  }
};

const WHY: Partial<Record<SignedOutCause, string>> = { requested: 'the app asked for it' };
