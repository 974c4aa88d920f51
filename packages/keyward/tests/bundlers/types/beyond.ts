// What is new: only for compilers that know `using`.

import { Vault, VaultError, VaultErrorCodes } from '@ionic-enterprise/identity-vault';

export async function scoped(): Promise<Uint8Array | null> {
  await using vault = new Vault();
  using _unsubscribe = vault.on('lock', ({ cause, timeout }) => console.log(cause, timeout));
  vault.subscribe((event) => {
    if (event.type === 'error') {
      console.log(event.error.kind, event.error.attemptsLeft, event.error.retryAfter);
    }
  });
  await vault.setMany({ bytes: new Uint8Array(1) });
  await vault.setMany(new Map<string, unknown>([['a', 1]]));
  const { stored } = await vault.inspect();
  console.log(stored?.slots[0]?.assurance.stolenDisk, (await vault.assurance()).hardwareBound);
  await vault.importSealed(await vault.exportSealed('passphrase'), 'passphrase');
  return vault.getValue<Uint8Array>('bytes');
}

export async function wayBack(code: string, publicKey: Uint8Array): Promise<string> {
  const vault = new Vault();
  const { condition, nextStep, recoverable } = await vault.health();
  if (condition === 'locked') {
    await vault.checkKey();
  }
  if (recoverable && nextStep === 'recover') {
    await vault.recover({ code });
  }
  await vault.enrollRecoveryKey({ publicKey });
  await vault.importSealed(await vault.exportSealed({ publicKey }), { key: new Uint8Array(32) });
  const { both } = await vault.capabilities();
  return both.state === 'unavailable' ? (both.obstacle ?? '') : vault.enrollRecovery();
}

export function isStorageFull(error: unknown): boolean {
  return error instanceof VaultError && error.code === VaultErrorCodes.StorageFull;
}
