import { Device, Vault, VaultErrorCodes, VaultType } from '@ionic-enterprise/identity-vault';
import { beforeEach, expect, test, vi } from 'vitest';

import { start, vault } from './session';

vi.mock('@ionic-enterprise/identity-vault');

beforeEach(() => {
  vi.mocked(vault.getValue).mockResolvedValue('abc');
  vault.config = { key: 'session', type: VaultType.SecureStorage };
});

test('the package can be mocked as a whole, and config assigned', async () => {
  vi.mocked(Device.isBiometricsEnabled).mockResolvedValue(true);
  expect(await start()).toBe('abc');
  expect(vault).toBeInstanceOf(Vault);
  expect(vault.initialize).toHaveBeenCalledOnce();
  expect(vault.onLock).toHaveBeenCalledExactlyOnceWith(expect.any(Function));
  expect(vault.updateConfig).toHaveBeenCalledExactlyOnceWith({
    key: 'session',
    type: 'DeviceSecurity',
  });
  expect(VaultErrorCodes.AuthFailed).toBe(6);
});
