// The whole surface of the package, as behaviours that hold on every back end.

import { beyond } from './beyond.js';
import { configuration } from './configuration.js';
import { device } from './device.js';
import { deviceSecurity } from './device-security.js';
import { entries } from './entries.js';
import { fallback } from './fallback.js';
import { losses } from './losses.js';
import { locking } from './locking.js';
import { passcode } from './passcode.js';
import type { Case, Subject } from './subject.js';
import { trouble } from './trouble.js';

export const suite: { readonly [part: string]: readonly Case[] } = {
  entries,
  configuration,
  locking,
  passcode,
  'device security': deviceSecurity,
  device,
  trouble,
  losses,
  fallback,
  'beyond the drop-in': beyond,
};

/** The cases that are for subjects like this one. */
export function casesFor(
  subject: Pick<Subject, 'asks' | 'page' | 'remembers' | 'verifies'>,
): { part: string; test: Case }[] {
  return Object.entries(suite).flatMap(([part, cases]) =>
    cases
      .filter(({ asks }) => asks === undefined || asks === subject.asks)
      .filter(({ remembers }) => remembers === undefined || remembers === subject.remembers)
      .filter(({ page }) => !page || subject.page)
      .filter(({ verifies }) => !verifies || subject.verifies)
      .map((test) => ({ part, test })),
  );
}

/** Runs the case of that name. */
export async function run(name: string, subject: Subject): Promise<void> {
  const found = casesFor(subject).find(({ test }) => test.name === name);
  if (!found) {
    throw new Error(`no such case: ${name}`);
  }
  await found.test.run(subject);
}
