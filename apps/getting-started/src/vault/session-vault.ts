import { DeviceSecurityType, Vault, VaultType, type IdentityVaultConfig } from 'keyward';
import { readonly, ref, shallowRef } from 'vue';
import { askForPasscode } from './passcode-request';

/** What the app keeps of a person who has signed in. */
export interface Session {
  name: string;
  email: string;
  token: string;
}

/** The four ways to protect the session. */
export type Protection = 'SecureStorage' | 'Biometrics' | 'CustomPasscode' | 'InMemory';

const initialConfig: IdentityVaultConfig = {
  key: 'getting-started.session',
  type: VaultType.SecureStorage,
  lockAfterBackgrounded: 2000,
  shouldClearVaultAfterTooManyFailedAttempts: false,
};

export const vault = new Vault();

const session = shallowRef<Session | null>(null);
const locked = ref(false);
const protection = ref<Protection>('SecureStorage');

/** Called once, before the app is mounted: every component may then rely on the vault. */
export const initializeSessionVault = async (): Promise<void> => {
  vault.onLock(async () => {
    // The vault has wiped its copy; this is ours.
    session.value = null;
    locked.value = await vault.isLocked();
  });
  vault.onUnlock(() => {
    locked.value = false;
  });
  vault.onConfigChanged((config) => {
    protection.value = protectionOf(config);
  });
  vault.onPasscodeRequested(async (isPasscodeSetRequest) => {
    const passcode = await askForPasscode(isPasscodeSetRequest ? 'choose' : 'enter');
    // An empty passcode dismisses the request.
    await vault.setCustomPasscode(passcode ?? '');
  });

  await vault.initialize(initialConfig);
  protection.value = protectionOf(vault.config ?? initialConfig);
  locked.value = await vault.isLocked();
};

const store = async (newSession: Session): Promise<void> => {
  await vault.setValue('session', newSession);
};

const show = async (): Promise<boolean> => {
  session.value = await vault.getValue<Session>('session');
  return session.value !== null;
};

const clear = async (): Promise<void> => {
  await vault.clear();
  session.value = null;
  locked.value = false;
};

const protect = async (by: Protection): Promise<void> => {
  await vault.updateConfig({ ...(vault.config ?? initialConfig), ...settingsOf(by) });
};

export const useSessionVault = () => ({
  session: readonly(session),
  locked: readonly(locked),
  protection: readonly(protection),
  store,
  show,
  clear,
  protect,
  lock: () => vault.lock(),
  unlock: () => vault.unlock(),
});

const settingsOf = (by: Protection): Pick<IdentityVaultConfig, 'type' | 'deviceSecurityType'> =>
  by === 'Biometrics'
    ? { type: VaultType.DeviceSecurity, deviceSecurityType: DeviceSecurityType.Both }
    : { type: VaultType[by], deviceSecurityType: DeviceSecurityType.None };

const protectionOf = ({ type }: IdentityVaultConfig): Protection =>
  type === VaultType.DeviceSecurity ? 'Biometrics' : (type as Exclude<Protection, 'Biometrics'>);
