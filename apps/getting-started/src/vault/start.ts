import { readonly, shallowRef } from 'vue';
import { inWords, type Explanation } from './in-words';
import { initializeSessionVault } from './session-vault';
import { inSight, watchVault } from './watch-vault';

const problem = shallowRef<Explanation | null>(null);

/** Why the vault could not be initialised; `null` when it could. */
export const startProblem = readonly(problem);

/** The page is worth showing even where the browser forbids it to store anything. */
export const startSessionVault = async (): Promise<void> => {
  watchVault();
  try {
    await inSight('initialize()', initializeSessionVault);
  } catch (error) {
    problem.value = inWords(error);
    console.warn(error);
  }
};
