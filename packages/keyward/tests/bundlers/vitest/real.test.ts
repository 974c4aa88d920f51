import 'fake-indexeddb/auto';

import { Vault, VaultErrorCodes, VaultType } from '@ionic-enterprise/identity-vault';
import { expect, test } from 'vitest';

test.each([VaultType.SecureStorage, VaultType.InMemory])('a %s vault works', async (type) => {
  const vault = new Vault();
  await vault.initialize({ key: type, type });
  await vault.setValue('token', { access: 'abc' });
  expect(await vault.getValue('token')).toEqual({ access: 'abc' });
  await expect(vault.setValue('token', 1n)).rejects.toMatchObject({
    code: VaultErrorCodes.InvalidArguments,
  });
  await vault.close();
});
