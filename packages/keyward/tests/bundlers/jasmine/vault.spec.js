import 'fake-indexeddb/auto';

import { Device, Vault, VaultErrorCodes, VaultType } from '@ionic-enterprise/identity-vault';

describe('the package under Jasmine', () => {
  it('can be spied on, and config assigned', async () => {
    spyOn(Device, 'isBiometricsEnabled').and.resolveTo(true);
    const vault = jasmine.createSpyObj(
      'Vault',
      Object.getOwnPropertyNames(Vault.prototype).filter((name) => name !== 'constructor'),
    );
    vault.getValue.and.resolveTo('abc');
    vault.config = { key: 'session', type: VaultType.SecureStorage };
    expect(await Device.isBiometricsEnabled()).toBeTrue();
    expect(await vault.getValue('token')).toBe('abc');
    expect(vault.config.type).toBe('SecureStorage');
    spyOn(Vault.prototype, 'getValue').and.resolveTo('def');
    expect(await new Vault().getValue('token')).toBe('def');
  });

  for (const type of [VaultType.SecureStorage, VaultType.InMemory]) {
    it(`a ${type} vault works`, async () => {
      const vault = new Vault();
      await vault.initialize({ key: type, type });
      await vault.setValue('token', { access: 'abc' });
      expect(await vault.getValue('token')).toEqual({ access: 'abc' });
      await expectAsync(vault.setValue('token', 1n)).toBeRejectedWith(
        jasmine.objectContaining({ code: VaultErrorCodes.InvalidArguments }),
      );
      await vault.close();
    });
  }
});
