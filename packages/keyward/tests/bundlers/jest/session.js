// A part of an app, as it is under test.

const { Device, Vault, VaultType } = require('@ionic-enterprise/identity-vault');

const vault = new Vault();

async function start() {
  await vault.initialize({ key: 'session', type: VaultType.SecureStorage });
  vault.onLock(() => undefined);
  if (await Device.isBiometricsEnabled()) {
    await vault.updateConfig({ ...vault.config, type: VaultType.DeviceSecurity });
  }
  return (await vault.getValue('token')) ?? 'none';
}

module.exports = { start, vault };
