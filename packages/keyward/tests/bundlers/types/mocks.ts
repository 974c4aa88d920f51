// How apps' unit tests write vaults and errors of their own.

import {
  type IdentityVaultConfig,
  Vault,
  type VaultError,
  VaultErrorCodes,
  VaultType,
} from '@ionic-enterprise/identity-vault';

type Fake<T> = { [M in keyof T]?: T[M] };

const config: IdentityVaultConfig = { key: 'test', type: VaultType.SecureStorage };

export const partly: Fake<Vault> = {
  config,
  getValue: async () => null,
  isLocked: () => Promise.resolve(true),
  onPasscodeRequested: (callback) => void callback(true, () => {}),
  onLock: (callback) => callback({ timeout: false }),
};
partly.config = undefined;

export const vault = new Vault();
vault.config = config;
vault.config = undefined;
vault.config = { ...config, type: VaultType.InMemory };

export const failure: VaultError = {
  code: VaultErrorCodes.UserCanceledInteraction,
  message: 'not now',
};

export const spied: Vault['getValue'] = <T>(key: string) =>
  Promise.resolve(key === 'a' ? ({} as T) : null);

/** A structure of the same members is a vault: nothing in the type is hidden. */
export function fake(members: { [M in keyof Vault]: Vault[M] }): Vault {
  return members;
}
