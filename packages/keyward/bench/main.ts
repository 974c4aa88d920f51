// `cargo xtask bench web`: Keyward beside what a developer would write otherwise, in one page of one
// Chromium and in alternating rounds; one table.

import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';

import { chromium } from 'playwright-core';

import { OPTIONS } from '../tests/browser/chromium.js';
import { type Page, serve } from '../tests/browser/server.js';
import { quartiles, type Quartiles, ratio } from './ratio.js';
import { script } from './script.js';
import { between, load, machine, table, time } from './table.js';

const CONTENDERS = ['keyward', 'idb-keyval', 'local-storage'] as const;
type Name = (typeof CONTENDERS)[number];
type Times = Record<Name, number[]>;

const TASKS = ['read', 'write', 'fill'] as const;
type Task = (typeof TASKS)[number];

const ROUNDS = 31;
const WARM_UP = 2;
/** What a session has, and what is a lot for a vault. In this order: no entry is ever removed. */
const SIZES = [5, 100] as const;
/** Of a real disk, which a temporary folder need not be. */
const DISK = '../../target/bench-web';

interface Row {
  readonly task: string;
  readonly size: string;
  readonly shown: string;
  readonly ratios: readonly [Quartiles, Quartiles] | undefined;
  readonly aim: string;
  readonly met: boolean | undefined;
}

const javascript = (text: string): Page => ({ type: 'text/javascript', text });

async function measured(scripts: Record<Name | 'in-page', string>) {
  const server = await serve({
    '/': {
      type: 'text/html',
      text: '<!doctype html><script type="module" src="/in-page.js"></script>',
    },
    ...Object.fromEntries(
      Object.entries(scripts).map(([name, text]) => [`/${name}.js`, javascript(text)]),
    ),
  });
  mkdirSync(DISK, { recursive: true });
  const folder = mkdtempSync(join(DISK, 'profile-'));
  const browser = await chromium.launchPersistentContext(folder, OPTIONS);
  try {
    const page = await browser.newPage();
    const none = (): Times => ({ keyward: [], 'idb-keyval': [], 'local-storage': [] });
    const load = async () => {
      await page.goto(server.origin);
      await page.waitForFunction(() => 'measure' in window);
    };
    const open = (name: Name) => page.evaluate((name) => window.openContender(name), name);
    const measure = (name: Name, task: Task, size: number) =>
      page.evaluate(([name, task, size]) => window.measure(name, task, size), [
        name,
        task,
        size,
      ] as const);

    const all: { size: number; times: Record<'open' | Task, Times> }[] = [];
    for (const size of SIZES) {
      const times = { open: none(), read: none(), write: none(), fill: none() };
      all.push({ size, times });
      // Something must be there to be opened.
      await load();
      for (const name of CONTENDERS) {
        await open(name);
        await measure(name, 'fill', size);
      }
      for (let round = 0; round < ROUNDS; round++) {
        for (const name of turned(round)) {
          await load();
          times.open[name].push(await open(name));
        }
      }
      await load();
      for (const name of CONTENDERS) {
        await open(name);
      }
      for (let round = -WARM_UP; round < ROUNDS; round++) {
        for (const task of TASKS) {
          for (const name of turned(round + WARM_UP)) {
            const time = await measure(name, task, size);
            if (round >= 0) {
              times[task][name].push(time);
            }
          }
        }
      }
    }
    return { all, version: browser.browser()?.version() ?? '' };
  } finally {
    await browser.close();
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Whoever comes first in one round comes last in another. */
function turned(round: number): Name[] {
  const by = round % CONTENDERS.length;
  return [...CONTENDERS.slice(by), ...CONTENDERS.slice(0, by)];
}

function row(
  task: string,
  size: number,
  times: Times,
  aim: string,
  holds: (ours: number, theirs: number) => boolean,
): Row {
  const ratios = [
    ratio(times.keyward, times['idb-keyval']),
    ratio(times.keyward, times['local-storage']),
  ] as const;
  const { median } = quartiles(times.keyward);
  return {
    task,
    size: String(size),
    shown: time(median),
    ratios,
    aim,
    met: aim ? holds(median, ratios[0].median) : undefined,
  };
}

const before = load();
const scripts = {
  keyward: await script('keyward'),
  'idb-keyval': await script('idb-keyval'),
  'local-storage': await script('local-storage'),
  'in-page': await script('in-page'),
};
const { all, version } = await measured(scripts);
const bundled = brotliCompressSync(scripts.keyward).length / 1024;
const wasm = brotliCompressSync(readFileSync('src/engine/engine.wasm')).length / 1024;
const rows = [
  {
    task: 'size (brotli)',
    size: '–',
    shown: `${bundled.toFixed(1)} KiB`,
    ratios: undefined,
    aim: '≤ 75 KB',
    met: bundled * 1024 <= 75_000,
  },
  ...all.flatMap(({ size, times }) => [
    row('first open', size, times.open, '≤ 50 ms', (ours) => ours <= 50),
    row('read one (hot)', size, times.read, '≤ 20 µs', (ours) => ours <= 0.02),
    row('write one (durable)', size, times.write, '≤ 1.3 idb-keyval', (_, it) => it <= 1.3),
    row('write all at once', size, times.fill, '', () => true),
  ]),
];
console.log(`${table([
  ['task', 'entries', 'Keyward', '÷ idb-keyval + AES-GCM', '÷ localStorage', 'aim', 'met'],
  ...rows.map(({ task, size, shown, ratios, aim, met }) => [
    task,
    size,
    shown,
    ratios ? between(ratios[0]) : '–',
    ratios ? between(ratios[1]) : '–',
    aim || '–',
    met === undefined ? '–' : met ? 'yes' : 'no',
  ]),
])}

- Ratios are Keyward's time divided by the other's in the same round: the median and, in brackets, the quartiles. Below 1, Keyward is faster.
- Entries of 1 KiB, in a SecureStorage vault. First open is from the import of the script to the vault being initialised.
- idb-keyval with strict transactions, as Keyward's; its key lies beside the values. localStorage is plain text, and durable some time later.
- The size is a minified bundle with the WebAssembly inside; the WebAssembly alone is ${wasm.toFixed(1)} KiB.
- ${machine(version, before)}`);
