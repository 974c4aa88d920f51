import type { IdentityVaultConfig, Vault } from 'keyward';

/** The handles of an app, which end with it. */
export class Handles {
  #open: Vault[] = [];

  constructor(private readonly kind: new (config?: IdentityVaultConfig) => Vault) {}

  open(config?: IdentityVaultConfig): Vault {
    const vault = new this.kind(config);
    this.#open.push(vault);
    return vault;
  }

  async close(): Promise<void> {
    await Promise.all(this.#open.map((vault) => vault.close()));
    this.#open = [];
  }
}
