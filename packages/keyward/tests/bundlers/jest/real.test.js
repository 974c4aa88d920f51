require('fake-indexeddb/auto');

const { Vault, VaultErrorCodes, VaultType } = require('@ionic-enterprise/identity-vault');

test.each([VaultType.SecureStorage, VaultType.InMemory])('a %s vault works', async (type) => {
  const vault = new Vault();
  await vault.initialize({ key: type, type });
  await vault.setValue('token', { access: 'abc' });
  expect(await vault.getValue('token')).toEqual({ access: 'abc' });
  await vault.setValue('bytes', new Uint8Array([1, 2]));
  expect(Array.from(await vault.getValue('bytes'))).toEqual([1, 2]);
  await expect(vault.setValue('token', 1n)).rejects.toMatchObject({
    code: VaultErrorCodes.InvalidArguments,
  });
  await vault.close();
});
