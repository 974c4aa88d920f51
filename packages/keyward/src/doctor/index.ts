// `keyward/doctor`: what is missing or unsafe in the page that this runs in.

import { module } from './module.js';
import { lookAtPage } from './page.js';

/** One thing that is missing or unsafe. */
export interface Finding {
  /** Its name, which never changes; docs/doctor.md lists them. */
  check: string;
  /** How much it matters; a hint is nothing that has to be mended. */
  severity: 'error' | 'warning' | 'hint';
  /** How sure it is. */
  certainty: 'certain' | 'likely';
  /** The file, if it is one. */
  file: string | null;
  /** The line in it, from 1. */
  line: number | null;
  /** What was found, as a sentence. */
  what: string;
  /** What that leads to, as a sentence. */
  why: string;
  /** What to add, or to do. */
  add: string | null;
  /** Whether `keyward doctor --fix` does that. */
  fixable: boolean;
}

/**
 * Looks at the page that this runs in: is it a secure context, does its content security policy let
 * WebAssembly be compiled, can it store, may the browser evict what it stores, has it passkeys with
 * the PRF extension? Asks nobody, and changes nothing. For a browser's console, for instance, once a
 * development build has put it there (`Object.assign(globalThis, { doctor })`):
 *
 * ```js
 * console.table(await doctor());
 * ```
 *
 * @returns The worst first; empty where nothing is amiss.
 */
export async function doctor(): Promise<Finding[]> {
  const facts = await lookAtPage();
  if (!facts.wasm) {
    return [withoutWasm];
  }
  const glue = await module();
  const report = JSON.parse(glue.examinePage(JSON.stringify(facts))) as { findings: Finding[] };
  return report.findings;
}

/** The one thing that the module cannot say itself, because it cannot be compiled. */
const withoutWasm: Finding = {
  check: 'csp-wasm',
  severity: 'error',
  certainty: 'certain',
  file: null,
  line: null,
  what: 'The content security policy does not let WebAssembly be compiled.',
  why: 'No vault opens in this page.',
  add: "script-src 'self' 'wasm-unsafe-eval'",
  fixable: false,
};
