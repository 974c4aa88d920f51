// What the built app does in the browser: copied into each project that is loaded in one.

import {
  Device,
  Vault,
  VaultType,
  type IdentityVaultConfig,
} from '@ionic-enterprise/identity-vault';

export async function useVault(): Promise<string> {
  const outcome: unknown[] = [];
  for (const type of [VaultType.SecureStorage, VaultType.InMemory]) {
    const config: IdentityVaultConfig = { key: `bundled.${type}`, type };
    const vault = new Vault();
    await vault.initialize(config);
    await vault.setValue('token', { access: 'abc' });
    const token = await vault.getValue<{ access: string }>('token');
    outcome.push(type, token?.access);
  }
  outcome.push(typeof (await Device.isBiometricsSupported()));
  const { useSession } = await import('./use-session');
  outcome.push(await useSession());
  return outcome.join(' ');
}
