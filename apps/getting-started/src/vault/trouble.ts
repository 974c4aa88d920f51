import type { Health } from 'keyward';
import { computed } from 'vue';
import type { Explanation } from './in-words';
import { useVaultWatch } from './watch-vault';

/** What is wrong with the vault, and what can be done about it here. */
export interface Trouble extends Explanation {
  readonly can: 'recover' | 'clear' | 'wait';
}

const { health } = useVaultWatch();

/** `null` while nothing is wrong. */
export const trouble = computed<Trouble | null>(() => health.value && troubleOf(health.value));

const troubleOf = ({ condition, nextStep }: Health): Trouble | null => {
  switch (condition) {
    case 'key-lost':
      return nextStep === 'recover'
        ? {
            what: 'The key is lost',
            next: 'Your session is safe: it is sealed, and nothing was deleted. The recovery code opens it.',
            can: 'recover',
          }
        : {
            what: 'The key is lost',
            next: 'The sealed bytes are kept, but no recovery code was made, and nothing else opens them. If the key does not come back, clear the vault and sign in again.',
            can: 'clear',
          };
    case 'vanished':
      return {
        what: 'The vault has vanished',
        next: 'It was here, and this browser has deleted its bytes. Nothing is written in their place until you clear it and sign in again.',
        can: 'clear',
      };
    case 'damaged':
      return {
        what: 'The vault is damaged',
        next: 'Its bytes are not what Keyward wrote. They are kept as they are. Clear it to begin anew.',
        can: 'clear',
      };
    case 'key-unavailable':
      return {
        what: 'The key is out of reach',
        next: 'Nothing is lost. Try again in a moment.',
        can: 'wait',
      };
    case 'store-failed':
      return {
        what: 'The vault cannot be read now',
        next: 'Nothing is lost. Blocked site data and some private windows do this.',
        can: 'wait',
      };
    case 'too-new':
      return {
        what: 'A newer version of this app wrote the vault',
        next: 'It is kept as it is. Reload the page to get that version.',
        can: 'wait',
      };
    default:
      return null;
  }
};
