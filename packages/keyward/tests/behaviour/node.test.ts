// The suite without a browser, on an IndexedDB in memory: all but what needs a page.

import 'fake-indexeddb/auto';

import { Vault } from 'keyward';
import { afterEach, expect, test } from 'vitest';

import { Handles } from './handles.js';
import {
  damageCells,
  forgetEverything,
  loseBytes,
  loseKeys,
  remakeKeys,
  writeNewer,
} from './indexed-db.js';
import type { Subject } from './subject.js';
import { casesFor } from './suite.js';

const handles = new Handles(Vault);
const noPage = () => expect.fail('the case should say that it needs a page');

const inNode: Subject = {
  asks: true,
  page: false,
  verifies: false,
  open: (config) => handles.open(config),
  restart: () => handles.close(),
  background: noPage,
  resume: noPage,
  damage: damageCells,
  writeNewer,
  loseKeys,
  remakeKeys,
  loseBytes,
  remembers: false,
  // Nobody sits before Node.
  person: async (is) => expect(is).toBe('absent'),
};

afterEach(async () => {
  await handles.close();
  await forgetEverything();
});

test.each(casesFor(inNode).map(({ part, test: { name, run } }) => ({ part, name, run })))(
  '$part: $name',
  ({ run }) => run(inNode),
);
