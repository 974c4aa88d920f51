// A part of an app, as it is under test.

import { Device, Vault, VaultType } from '@ionic-enterprise/identity-vault';

export const vault = new Vault();

export async function start(): Promise<string> {
  await vault.initialize({ key: 'session', type: VaultType.SecureStorage });
  vault.onLock(() => undefined);
  if (await Device.isBiometricsEnabled()) {
    await vault.updateConfig({ ...vault.config, type: VaultType.DeviceSecurity });
  }
  return (await vault.getValue('token')) ?? 'none';
}
