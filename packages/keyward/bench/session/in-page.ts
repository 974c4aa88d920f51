import * as holders from './holders.js';

const tokens = {
  keyward: async () => {
    const session = await holders.keyward();
    return () => session.bearer();
  },
  'a promise of a text': async () => async () => holders.TOKEN,
  'oidc-client-ts, sessionStorage': holders.oidcClient,
  'oidc-client-ts, memory': holders.oidcClientInMemory,
  'auth0-spa-js, memory': holders.auth0InMemory,
  'auth0-spa-js, localStorage': holders.auth0InLocalStorage,
};
export type TokenHolder = keyof typeof tokens;

declare global {
  interface Window {
    /** Gets everything ready. */
    prepare(): Promise<void>;
    /** Milliseconds of asking a holder for its token, once. */
    askFor(name: TokenHolder): Promise<number>;
    /** Milliseconds of each of several requests: through the session, and with the header written out. */
    request(times: number): Promise<{ session: number[]; literal: number[] }>;
  }
}

/** The clock of a page is coarse. */
const READS = 2000;

const ready = new Map<TokenHolder, holders.Holder>();
let throughSession: typeof fetch;

window.prepare = async () => {
  for (const [name, open] of Object.entries(tokens)) {
    const holder = await open();
    if ((await holder()) !== holders.TOKEN) {
      throw new Error(`${name} does not have the token`);
    }
    ready.set(name as TokenHolder, holder);
  }
  throughSession = (await holders.keyward()).fetch;
};

window.askFor = async (name) => {
  const holder = ready.get(name)!;
  const begun = performance.now();
  for (let turn = 0; turn < READS; turn++) {
    await holder();
  }
  return (performance.now() - begun) / READS;
};

const headers = { authorization: `Bearer ${holders.TOKEN}` };
const ways = {
  session: () => throughSession('/api'),
  literal: () => fetch('/api', { headers }),
};

async function timed(way: keyof typeof ways): Promise<number> {
  const begun = performance.now();
  const response = await ways[way]();
  if ((await response.text()) !== 'ok') {
    throw new Error(`the API refuses a request of ${way}`);
  }
  return performance.now() - begun;
}

window.request = async (times) => {
  const seen: Record<keyof typeof ways, number[]> = { session: [], literal: [] };
  for (let turn = 0; turn < times; turn++) {
    // Whoever comes first in one turn comes second in the next.
    const order = ['session', 'literal'] as const;
    for (const way of turn % 2 ? order : [order[1], order[0]]) {
      seen[way].push(await timed(way));
    }
  }
  return seen;
};
