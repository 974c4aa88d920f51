// A session in the built app, loaded when it is needed.

import { Vault, VaultType } from '@ionic-enterprise/identity-vault';
import { Session, SessionError } from '@ionic-enterprise/identity-vault/session';

export async function useSession(): Promise<string> {
  const vault = new Vault();
  await vault.initialize({ key: 'bundled.session', type: VaultType.InMemory });
  const session = new Session({ vault, server: 'key', origins: [location.origin] });
  await session.begin({ accessToken: 'abc' });
  return `${await session.bearer()} ${await discovers(vault)}`;
}

/** That the library for sign-ins is loaded: it has something to say about a page that is none. */
async function discovers(vault: Vault): Promise<string> {
  const server = { issuer: location.origin, clientId: 'app' };
  const session = new Session({ vault, server, origins: [], entry: 'other' });
  try {
    await session.signInWithRedirect();
    return 'a provider';
  } catch (error) {
    return (error instanceof SessionError && error.trouble) || String(error);
  }
}
