import type { Protection as Protector } from 'keyward';
import { computed } from 'vue';
import { vault, type Protection } from './session-vault';
import { useVaultWatch } from './watch-vault';

const NAMES: Readonly<Record<Protector, string>> = {
  Biometrics: 'Biometrics',
  SystemPasscode: 'The device’s PIN',
  Both: 'Biometrics or the device’s PIN',
  CustomPasscode: 'A passcode',
  PasscodeAlone: 'A passcode alone',
  SecureStorage: 'Secure Storage',
  KeyFile: 'A key in a file',
};

/** As what the page speaks of it. */
const KINDS: Readonly<Record<Protector, Protection>> = {
  Biometrics: 'Biometrics',
  SystemPasscode: 'Biometrics',
  Both: 'Biometrics',
  CustomPasscode: 'CustomPasscode',
  PasscodeAlone: 'CustomPasscode',
  SecureStorage: 'SecureStorage',
  KeyFile: 'SecureStorage',
};

export interface Weakened {
  /** What protects the vault, instead of what is wanted. */
  readonly present: string;
  readonly kind: Protection;
  readonly wanted: string | undefined;
  readonly since: Date | undefined;
  /** What the device has now that is better, as far as it can tell without asking anybody. */
  readonly canBeRaisedTo: string | undefined;
}

const { inspection, health } = useVaultWatch();

/** How the vault is protected by less than is wanted; `null` where it is not. */
export const weakened = computed<Weakened | null>(() => {
  const stored = inspection.value?.stored;
  if (!stored?.weakenedTo) return null;
  const change = stored.protectionChanges.findLast(({ turn }) => turn === 'weakened');
  const better = health.value?.canBeRaised ?? inspection.value?.canBeRaised;
  return {
    present: NAMES[stored.weakenedTo],
    kind: KINDS[stored.weakenedTo],
    wanted: change && NAMES[change.from],
    since: change && new Date(change.at),
    canBeRaisedTo: better ? NAMES[better] : undefined,
  };
});

/** Takes what is wanted, and asks whom that takes. False: the device has nothing better. */
export const raise = (): Promise<boolean> => vault.raise();
