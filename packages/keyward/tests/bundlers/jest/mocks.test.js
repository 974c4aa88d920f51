const { Device, Vault, VaultErrorCodes, VaultType } = require('@ionic-enterprise/identity-vault');

const { start, vault } = require('./session');

jest.mock('@ionic-enterprise/identity-vault');

beforeEach(() => {
  vault.getValue.mockResolvedValue('abc');
  vault.config = { key: 'session', type: VaultType.SecureStorage };
});

test('the package can be mocked as a whole, and config assigned', async () => {
  Device.isBiometricsEnabled.mockResolvedValue(true);
  expect(await start()).toBe('abc');
  expect(vault).toBeInstanceOf(Vault);
  expect(vault.initialize).toHaveBeenCalledTimes(1);
  expect(vault.onLock).toHaveBeenCalledWith(expect.any(Function));
  expect(vault.updateConfig).toHaveBeenCalledWith({ key: 'session', type: 'DeviceSecurity' });
  expect(VaultErrorCodes.AuthFailed).toBe(6);
});
