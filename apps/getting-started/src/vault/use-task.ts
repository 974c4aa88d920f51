import { computed, ref, shallowRef } from 'vue';
import { inWords, type Explanation } from './in-words';
import { inSight } from './watch-vault';

interface Outcome {
  readonly of: symbol;
  readonly done: string;
  readonly problem: Explanation | null;
}

/** Only the latest is shown, wherever on the page it belongs: an older one may be true no more. */
const latest = shallowRef<Outcome | null>(null);

/**
 * Runs what a button asks of the vault, one at a time, and keeps what came of it for the page.
 *
 * @param explain - An error, for the person who uses the app.
 */
export const useTask = (explain: (error: unknown) => Explanation = inWords) => {
  const of = Symbol();
  const busy = ref(false);
  const mine = computed(() => (latest.value?.of === of ? latest.value : null));

  const say = (done: string): void => {
    latest.value = { of, done, problem: null };
  };

  const run = async (name: string, call: () => Promise<string>): Promise<void> => {
    if (busy.value) return;
    busy.value = true;
    latest.value = null;
    try {
      say(await inSight(name, call));
    } catch (error) {
      latest.value = { of, done: '', problem: explain(error) };
      console.warn(error);
    } finally {
      busy.value = false;
    }
  };

  return {
    busy: computed(() => busy.value),
    done: computed(() => mine.value?.done ?? ''),
    problem: computed(() => mine.value?.problem ?? null),
    run,
    say,
  };
};
