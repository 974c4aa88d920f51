import { Vault, VaultType } from 'keyward';

import type { Contender } from './contender.js';

export async function open(): Promise<Contender> {
  const vault = new Vault();
  await vault.initialize({ key: 'bench', type: VaultType.SecureStorage });
  return {
    get: (name) => vault.getValue(name),
    set: (name, value) => vault.setValue(name, value),
    setMany: (entries) => vault.setMany(entries),
  };
}
