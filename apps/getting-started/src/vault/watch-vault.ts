import type { Health, Inspection, VaultEvent } from 'keyward';
import { computed, readonly, ref, shallowReadonly, shallowRef, watch } from 'vue';
import { inWords } from './in-words';
import { vault } from './session-vault';

/** Where a vault can be, as the Inspector draws it. */
export type Place = 'blank' | 'locked' | 'unlocking' | 'unlocked' | 'lost' | 'trouble';

/** One line of the Inspector's time line. */
export interface Happening {
  readonly id: number;
  readonly at: Date;
  readonly what: string;
  readonly why: string;
  readonly kind: 'call' | 'page' | 'opened' | 'locked' | 'changed' | 'failed';
}

const LONGEST_TIME_LINE = 40;

const inspection = shallowRef<Inspection | null>(null);
const health = shallowRef<Health | null>(null);
const empty = ref(true);
const timeLine = shallowRef<readonly Happening[]>([]);
let nextId = 0;
let callsUnderWay = 0;

const TROUBLES: readonly Health['condition'][] = ['vanished', 'damaged', 'too-new', 'store-failed'];

const place = computed<Place>(() => {
  const condition = health.value?.condition;
  const phase = inspection.value?.phase;
  // A vault that is open can be read, whatever has become of its key.
  if (condition === 'key-lost' && phase !== 'unlocked') return 'lost';
  if (condition && TROUBLES.includes(condition)) return 'trouble';
  return empty.value ? 'blank' : (phase ?? 'locked');
});

const before = ref<Place>('blank');

/** Follows the vault from outside: asks the person nothing, opens nothing. */
export const useVaultWatch = () => ({
  inspection: shallowReadonly(inspection),
  health: shallowReadonly(health),
  timeLine: readonly(timeLine),
  place,
  /** Where it was before it came to `place`. */
  before: readonly(before),
});

/** Called once, before the vault is initialised, so that nothing is missed. */
export const watchVault = (): void => {
  watch(place, (_, from) => {
    before.value = from;
  });
  vault.subscribe((event) => {
    const [what, why, kind] = told(event);
    note(what, why, kind);
    void lookInside();
  });
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) note('Page hidden', 'time away begins', 'page');
    else note('Page shown', 'time away ends', 'page');
  });
};

/** Runs a call on the vault in sight of the Inspector. */
export const inSight = async <T>(name: string, call: () => Promise<T>): Promise<T> => {
  note(name, 'called by the app', 'call');
  callsUnderWay += 1;
  try {
    const result = call();
    void lookOften();
    return await result;
  } finally {
    callsUnderWay -= 1;
    void lookInside();
  }
};

/** Answers at once, whatever is under way. */
const look = async (): Promise<void> => {
  inspection.value = await vault.inspect();
};

/** Waits for its turn, as every other call does. */
const lookInside = async (): Promise<void> => {
  health.value = await vault.health();
  // Of bytes that cannot be read, only the health is known; asking for more would tell of it again.
  if (TROUBLES.includes(health.value.condition)) {
    inspection.value = null;
    return;
  }
  await look();
  empty.value = await vault.isEmpty();
};

const lookOften = async (): Promise<void> => {
  while (callsUnderWay > 0) {
    await look();
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
};

/** Adds a line to the Inspector's time line. */
export const note = (what: string, why: string, kind: Happening['kind']): Happening => {
  const happening: Happening = { id: nextId++, at: new Date(), what, why, kind };
  timeLine.value = [happening, ...timeLine.value].slice(0, LONGEST_TIME_LINE);
  return happening;
};

const CAUSES = {
  requested: 'the app asked for it',
  timeout: 'away for too long',
  protectionChanged: 'another tab changed its protection',
  cleared: 'another tab cleared it',
} as const;

const told = (event: VaultEvent): [string, string, Happening['kind']] => {
  switch (event.type) {
    case 'lock':
      return ['Locked', CAUSES[event.cause], 'locked'];
    case 'unlock':
      return ['Unlocked', 'its entries can be read', 'opened'];
    case 'configChanged':
      return ['Configuration changed', `now ${event.config.type}`, 'changed'];
    case 'passcodeRequested':
      return ['Passcode requested', event.isPasscodeSetRequest ? 'a new one' : 'to unlock', 'changed'];
    case 'change':
      return ['Entries changed', 'by another tab', 'changed'];
    case 'protectionWeakened':
      return ['Protection weakened', 'the device cannot do what was asked', 'changed'];
    case 'protectionRaised':
      return ['Protection raised', 'the device can do what was asked', 'changed'];
    case 'protectionCanBeRaised':
      return ['Protection can be raised', 'by asking the person', 'changed'];
    case 'older':
      return ['Older copy', 'somebody has put it back', 'failed'];
    case 'error':
      return ['Failed', inWords(event.error).what, 'failed'];
  }
};
