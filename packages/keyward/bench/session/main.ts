// `cargo xtask bench web session`: what a bearer token costs in a page, beside what two libraries keep
// of a sign-in, in one page of one Chromium and in alternating rounds.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { chromium } from 'playwright-core';

import { OPTIONS } from '../../tests/browser/chromium.js';
import { quartiles, type Quartiles, ratio } from '../ratio.js';
import { script } from '../script.js';
import { between, load, machine, table, time } from '../table.js';
import type { TokenHolder } from './in-page.js';

const HOLDERS: readonly TokenHolder[] = [
  'keyward',
  'a promise of a text',
  'oidc-client-ts, memory',
  'oidc-client-ts, sessionStorage',
  'auth0-spa-js, memory',
  'auth0-spa-js, localStorage',
];
const ROUNDS = 61;
const WARM_UP = 5;
/** Of each kind, in a round. */
const REQUESTS = 50;

/** The page, and an API that answers whoever brings a token. */
async function serve(page: string) {
  const server = createServer((request, response) => {
    // With these a page has a finer clock.
    response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
    response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
    if (request.url === '/api') {
      response.setHeader('Cache-Control', 'no-store');
      const known = request.headers.authorization?.startsWith('Bearer x');
      return void response.writeHead(known ? 200 : 401).end(known ? 'ok' : 'refused');
    }
    response.setHeader('Content-Type', request.url === '/' ? 'text/html' : 'text/javascript');
    const html = '<!doctype html><script type="module" src="/in-page.js"></script>';
    response.end(request.url === '/' ? html : page);
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  return {
    origin: `http://localhost:${(server.address() as AddressInfo).port}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function measured() {
  const server = await serve(await script('session/in-page'));
  const browser = await chromium.launch(OPTIONS);
  try {
    const page = await browser.newPage();
    await page.goto(server.origin);
    await page.waitForFunction(() => 'prepare' in window && crossOriginIsolated);
    await page.evaluate(() => window.prepare());

    const reads = new Map(HOLDERS.map((name) => [name, [] as number[]]));
    for (let round = -WARM_UP; round < ROUNDS; round++) {
      // Whoever comes first in one round comes last in another.
      const by = (round + WARM_UP) % HOLDERS.length;
      for (const name of [...HOLDERS.slice(by), ...HOLDERS.slice(0, by)]) {
        const time = await page.evaluate((name) => window.askFor(name), name);
        if (round >= 0) {
          reads.get(name)!.push(time);
        }
      }
    }
    const requests = { session: [] as number[], literal: [] as number[] };
    for (let round = -WARM_UP; round < ROUNDS; round++) {
      const seen = await page.evaluate((times) => window.request(times), REQUESTS);
      if (round >= 0) {
        requests.session.push(quartiles(seen.session).median);
        requests.literal.push(quartiles(seen.literal).median);
      }
    }
    return { reads, requests, version: browser.version() };
  } finally {
    await browser.close();
    server.close();
  }
}

function row(
  task: string,
  ours: readonly number[],
  other: string,
  theirs: readonly number[],
  aim = '',
  holds: (ours: number, ratio: number) => boolean = () => true,
): string[] {
  const it = ratio(ours, theirs);
  const { median } = quartiles(ours);
  const met = aim ? (holds(median, it.median) ? 'yes' : 'no') : '–';
  return [task, time(median), other, time(quartiles(theirs).median), fine(it), aim || '–', met];
}

/** Ratios near 1 are told apart by their third place. */
const fine = (ratio: Quartiles) =>
  ratio.median > 0.5 && ratio.median < 2
    ? between(ratio, (number) => number.toFixed(3))
    : between(ratio);

const before = load();
const { reads, requests, version } = await measured();
const ours = reads.get('keyward')!;
const [, floor, ...peers] = HOLDERS;
console.log(`${table([
  ['task', 'Keyward', 'compared with', 'its time', '÷ it', 'aim', 'met'],
  row('`bearer()` from memory', ours, floor!, reads.get(floor!)!, '≤ 5 µs', (it) => it <= 0.005),
  ...peers.map((name) => row('the same', ours, name, reads.get(name)!)),
  row(
    'a request through `session.fetch`',
    requests.session,
    '`fetch` with a literal header',
    requests.literal,
    '≤ 1.03',
    (_, it) => it <= 1.03,
  ),
])}

- Ratios are Keyward's time divided by the other's in the same round: the median and, in brackets, the quartiles. Below 1, Keyward is faster.
- Tokens of 800 bytes, with an id token of 900 beside them. oidc-client-ts is asked by \`getUser()\`, auth0-spa-js by \`getTokenSilently()\`; both find what they look for.
- Requests go one at a time in turns to a server on this machine, which answers at once; of a round the median of each counts.
- ${machine(version, before)}`);
