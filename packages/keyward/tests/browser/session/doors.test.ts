// The doors that apps use, against real HTTP servers of two origins, in Chromium and in Firefox.

import {
  createServer,
  type IncomingMessage,
  type Server as HttpServer,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';

import type { Server } from '../server.js';
import { loaded, serveApp } from './app.js';
import { type Context, type Either, either, type Tab } from './either.js';

interface Seen {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: string;
}

/** A server that takes `Bearer second` only, leads to the other one, and writes down what it saw. */
class Api {
  readonly seen: Seen[] = [];
  /** What was said of the page that asked. */
  readonly referrers: (string | undefined)[] = [];
  elsewhere = '';
  /** An answer that goes on until somebody refreshes, and breaks then. */
  #unfinished: ServerResponse | undefined;
  #gone: (() => void) | undefined;
  readonly #server: HttpServer;

  constructor() {
    this.#server = createServer(async (request, response) => {
      const { origin = '*' } = request.headers;
      response.setHeader('Access-Control-Allow-Origin', origin);
      response.setHeader('Access-Control-Allow-Headers', 'authorization, content-type, x-api-key');
      if (request.method === 'OPTIONS') {
        response.writeHead(204).end();
        return;
      }
      const path = request.url!;
      const { authorization } = request.headers;
      this.seen.push({ path, authorization, body: await bodyOf(request) });
      this.referrers.push(request.headers.referer);
      if (path === '/slow') {
        response.on('close', () => this.#gone?.());
        return;
      }
      if (path === '/renew') {
        this.#unfinished?.destroy();
        const answer = { access_token: 'second', refresh_token: 'next', expires_in: 600 };
        response.setHeader('Content-Type', 'application/json').end(JSON.stringify(answer));
      } else if (path === '/away') {
        response.writeHead(307, { Location: `${this.elsewhere}/arrived` }).end();
      } else if (path === '/half' && authorization !== 'Bearer second') {
        this.#unfinished = response;
        response.writeHead(401, { 'Content-Length': 1000 }).write('refu');
      } else if (path === '/never' || (path === '/secret' && authorization !== 'Bearer second')) {
        response.writeHead(401).end('refused');
      } else {
        response.end('welcome');
      }
    });
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, 'localhost', resolve));
    return `http://localhost:${(this.#server.address() as AddressInfo).port}`;
  }

  /** When whoever asks for `/slow` next has gone. */
  gone(): Promise<void> {
    return new Promise((resolve) => (this.#gone = resolve));
  }

  close() {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

const api = new Api();
const stranger = new Api();
let [home, away] = ['', ''];
let server: Server;
let browser: Either;
let context: Context | undefined;
let tab: Tab;

beforeAll(async () => {
  [home, away] = [await api.start(), await stranger.start()];
  api.elsewhere = away;
  server = await serveApp();
  browser = await either();
});

afterAll(async () => {
  await browser.close();
  await server.close();
  api.close();
  stranger.close();
});

async function attach(more = {}) {
  await context?.close();
  context = await browser.newContext();
  tab = await context.newPage();
  tab.on('pageerror', (error) => console.error(error));
  await tab.goto(server.origin);
  await loaded(tab);
  await tab.evaluate(
    async ([home, more]) => {
      await window.attachSession({ refresh: `${home}/renew` }, { origins: [home], ...more });
      await window.session.begin({ accessToken: 'first', refreshToken: 'old', expiresIn: 600 });
    },
    [home, more] as const,
  );
  api.seen.length = stranger.seen.length = api.referrers.length = 0;
}

beforeEach(() => attach());

const DOORS = ['fetch', 'axios', 'angular'] as const;

/** What a request comes to: its status, or the name of what was thrown. */
const ask = (door: (typeof DOORS)[number], url: string, body?: string) =>
  tab.evaluate(
    ([door, url, body]) =>
      window.doors[door](url, body).then(
        ({ status }) => status as number | string,
        (error) => error.name as string,
      ),
    [door, url, body] as const,
  );

const paths = () => api.seen.map(({ path }) => path);

test.each(DOORS)(
  '%s: a 401 is answered by one refresh and one retry, with the body',
  async (door) => {
    expect(await ask(door, `${home}/secret`, 'a body')).toBe(200);
    expect(api.seen.filter(({ path }) => path === '/secret')).toEqual([
      { path: '/secret', authorization: 'Bearer first', body: 'a body' },
      { path: '/secret', authorization: 'Bearer second', body: 'a body' },
    ]);
    expect(paths().filter((path) => path === '/renew')).toHaveLength(1);
  },
);

test.each(DOORS)('%s: a server that goes on refusing is not asked for ever', async (door) => {
  expect(await ask(door, `${home}/never`)).toBe(401);
  expect(paths()).toEqual(['/never', '/renew', '/never']);
  // And a caller who insists does not make it a loop.
  expect(await ask(door, `${home}/never`)).toBe(401);
  expect(paths().filter((path) => path === '/renew')).toHaveLength(1);
});

test('a refusal that breaks off while the token is replaced is one', async () => {
  expect(await ask('fetch', `${home}/half`)).toBe(200);
  expect(paths()).toEqual(['/half', '/renew', '/half']);
});

test.each(DOORS)('%s: no token goes to another origin', async (door) => {
  expect(await ask(door, `${away}/anything`)).toBe(200);
  expect(stranger.seen).toEqual([{ path: '/anything', authorization: undefined, body: '' }]);
});

test.each([
  ['fetch', { name: 'SessionError', code: 215, cause: undefined }],
  ['axios', { name: 'SessionError', code: 215, cause: 215 }],
  ['angular', { name: 'HttpErrorResponse', code: undefined, cause: undefined }],
] as const)('%s: a redirect is not followed, and the caller is told', async (door, told) => {
  const thrown = await tab.evaluate(
    ([door, url]) =>
      window.doors[door](url).then(
        () => undefined,
        ({ name, code, cause }) => ({ name, code, cause: cause?.code }),
      ),
    [door, `${home}/away`] as const,
  );
  expect(thrown).toEqual(told);
  expect(paths()).toEqual(['/away']);
  expect(stranger.seen).toEqual([]);
});

test.each(DOORS)('%s: where redirects may be followed, the token stays behind', async (door) => {
  await attach({ followRedirects: true });
  expect(await ask(door, `${home}/away`)).toBe(200);
  expect(api.seen[0]).toMatchObject({ path: '/away', authorization: 'Bearer first' });
  expect(stranger.seen).toEqual([{ path: '/arrived', authorization: undefined, body: '' }]);
});

test.each(DOORS)('%s: a key of another header is never taken along a redirect', async (door) => {
  await attach({ followRedirects: true, placement: { header: 'x-api-key' } });
  await ask(door, `${home}/away`);
  expect(paths()).toEqual(['/away']);
  expect(stranger.seen).toEqual([]);
});

test.each([
  ['over XMLHttpRequest', { xhr: true }],
  ['that has not said that it refuses redirects', { says: false }],
])('angular %s: it is not sent at all', async (_, more) => {
  await attach({ placement: { header: 'x-api-key' }, ...more });
  const code = await tab.evaluate(
    (url) => window.codeOf(window.doors.angular(url)),
    `${home}/away`,
  );
  expect(code).toBe(206);
  expect([...api.seen, ...stranger.seen]).toEqual([]);
});

test('angular over XMLHttpRequest: the browser takes `authorization` off', async () => {
  await attach({ xhr: true, says: false });
  expect(await ask('angular', `${home}/away`)).toBe(200);
  expect(api.seen[0]).toMatchObject({ path: '/away', authorization: 'Bearer first' });
  expect(stranger.seen).toEqual([{ path: '/arrived', authorization: undefined, body: '' }]);
});

test('what a caller asks of redirects is heeded', async () => {
  const kinds = await tab.evaluate(async (url) => {
    const manual = await window.session.fetch(url, { redirect: 'manual' });
    const error = window.session.fetch(new Request(url, { redirect: 'error' }));
    return [manual.type, await window.codeOf(error)];
  }, `${home}/away`);
  expect(kinds).toEqual(['opaqueredirect', 'TypeError']);
  expect(stranger.seen).toEqual([]);
});

test.each(DOORS)(
  '%s: a stream is not sent a second time: the 401 is the answer, and an event says so',
  async (door) => {
    const told = await tab.evaluate(
      async ([door, url]) => {
        // A page may send a stream over HTTP/2 alone, which these servers do not speak: what leaves the
        // page is its text.
        const { fetch } = window;
        window.fetch = async (input, init) => {
          const request = new Request(input, init);
          const { method, headers, redirect } = request;
          const body = method === 'GET' ? null : await request.text();
          return fetch(request.url, { method, headers, redirect, body });
        };
        const origins: string[] = [];
        window.session.subscribe((event) => {
          if (event.type === 'notReplayed') origins.push(event.origin);
        });
        const { status } = await window.doors[door](url, new Response('a stream').body!);
        return { status, origins };
      },
      [door, `${home}/secret`] as const,
    );
    expect(told).toEqual({ status: 401, origins: [home] });
    expect(paths()).toEqual(['/secret', '/renew']);
    // Whoever sends it anew has another token.
    expect(await ask(door, `${home}/secret`, 'a stream')).toBe(200);
    expect(paths()).toEqual(['/secret', '/renew', '/secret']);
  },
);

test('a request with a body, as libraries over fetch make it, is sent again', async () => {
  const outcome = await tab.evaluate(async (url) => {
    const request = new Request(url, { method: 'POST', body: 'a body' });
    const { status } = await window.session.fetch(request);
    // As the platform's own has it: a request is sent once.
    return [status, request.bodyUsed, await window.codeOf(window.session.fetch(request))];
  }, `${home}/secret`);
  expect(outcome).toEqual([200, true, 'TypeError']);
  expect(api.seen.filter(({ path }) => path === '/secret')).toEqual([
    { path: '/secret', authorization: 'Bearer first', body: 'a body' },
    { path: '/secret', authorization: 'Bearer second', body: 'a body' },
  ]);
});

test('axios: what an app makes of its data is made once, and sent again as it is', async () => {
  await tab.evaluate(
    (url) =>
      window.instance.post(
        url,
        { a: 1 },
        { transformRequest: [(it) => `<${JSON.stringify(it)}>`] },
      ),
    `${home}/secret`,
  );
  expect(api.seen.filter(({ path }) => path === '/secret').map(({ body }) => body)).toEqual([
    '<{"a":1}>',
    '<{"a":1}>',
  ]);
});

test('what a request says of its referrer is heeded', async () => {
  await tab.evaluate(async (url) => {
    const { fetch } = window.session;
    await fetch(new Request(url, { referrerPolicy: 'no-referrer' }));
    await fetch(new Request(url));
    const headers = { Authorization: 'Basic b3du' };
    await fetch(new Request(url, { referrerPolicy: 'no-referrer', headers }));
    await fetch(new Request(url), { referrerPolicy: 'no-referrer' });
  }, `${home}/anything`);
  expect(api.referrers).toEqual([undefined, `${server.origin}/`, undefined, undefined]);
});

test.each(DOORS)('%s: a token that fits in no header is quoted by nobody', async (door) => {
  const told = await tab.evaluate(
    ([door, url]) => {
      window.session.bearer = async () => 'a-tok\u0113n';
      return window.doors[door](url).then(
        () => undefined,
        ({ code, message }) => ({ code, message: String(message) }),
      );
    },
    [door, `${home}/anything`] as const,
  );
  expect(told).toEqual({ code: 206, message: expect.not.stringContaining('a-tok') });
  expect(api.seen).toEqual([]);
});

test.each(DOORS)('%s: what a page has made itself needs no token', async (door) => {
  await attach({ origins: [home, server.origin] });
  const answer = await tab.evaluate(async (door) => {
    await window.session.logout();
    return window.doors[door](URL.createObjectURL(new Blob(['its own'])));
  }, door);
  expect(answer).toEqual({ status: 200, text: 'its own' });
});

test.each(DOORS)(
  '%s: a header of the caller’s own stays, and no session is asked',
  async (door) => {
    const own = (url: string) =>
      tab.evaluate(
        ([door, url]) =>
          window.doors[door](url, undefined, undefined, { Authorization: 'Basic b3du' }).then(
            ({ status }) => status,
          ),
        [door, url] as const,
      );
    expect(await own(`${home}/anything`)).toBe(200);
    // Its refusal is the caller's own matter, too.
    expect(await own(`${home}/secret`)).toBe(401);
    await tab.evaluate(() => window.session.logout());
    expect(await own(`${home}/anything`)).toBe(200);
    expect(api.seen.map(({ path, authorization }) => [path, authorization])).toEqual(
      ['/anything', '/secret', '/anything'].map((path) => [path, 'Basic b3du']),
    );
  },
);

test('axios: so does a name and password; what it sends anew has the token of then', async () => {
  await tab.evaluate(async (url) => {
    await window.instance.get(url, { auth: { username: 'o', password: 'wn' } });
    const { config } = await window.instance.get(url);
    await window.session.another('first');
    await window.instance.request(config);
  }, `${home}/anything`);
  const sent = api.seen.filter(({ path }) => path === '/anything');
  expect(sent.map(({ authorization }) => authorization)).toEqual([
    `Basic ${btoa('o:wn')}`,
    'Bearer first',
    'Bearer second',
  ]);
});

/** Gives the page a `<base>`, in place of the one that it has. */
const setBase = (url: string) =>
  tab.evaluate((url) => {
    const base = document.querySelector('base') ?? document.createElement('base');
    base.href = url;
    document.head.append(base);
  }, url);

test.each(DOORS)(
  '%s: what is relative goes to the page’s base, and so may the token',
  async (door) => {
    await attach({ origins: [home, server.origin] });
    await setBase(`${away}/`);
    expect(await ask(door, '/anything')).toBe(200);
    expect(stranger.seen).toEqual([{ path: '/anything', authorization: undefined, body: '' }]);
    await setBase(`${home}/here/`);
    expect(await ask(door, 'anything')).toBe(200);
    expect(api.seen).toEqual([{ path: '/here/anything', authorization: 'Bearer first', body: '' }]);
  },
);

test.each(DOORS)('%s: a base that changes while a token is waited for gets none', async (door) => {
  await setBase(`${home}/`);
  const status = await tab.evaluate(
    async ([door, away]) => {
      // It is asked for, and the page changes before it is there.
      const { bearer } = window.session;
      window.session.bearer = () => {
        document.querySelector('base')!.href = away;
        return bearer.call(window.session);
      };
      return (await window.doors[door]('anything')).status;
    },
    [door, `${away}/`] as const,
  );
  expect(status).toBe(200);
  expect(stranger.seen).toEqual([]);
  expect(api.seen).toEqual([{ path: '/anything', authorization: 'Bearer first', body: '' }]);
});

test('axios: a base that goes before every address is heeded', async () => {
  const ask = (baseURL: string, allowAbsoluteUrls: boolean) =>
    tab.evaluate(async ([url, config]) => (await window.instance.get(url, config)).status, [
      `${home}/anything`,
      { baseURL, allowAbsoluteUrls },
    ] as const);
  expect(await ask(away, false)).toBe(200);
  expect(stranger.seen.map(({ authorization }) => authorization)).toEqual([undefined]);
  expect(await ask(away, true)).toBe(200);
  expect(await ask(home, false)).toBe(200);
  expect(api.seen.map(({ path, authorization }) => [path, authorization])).toEqual([
    ['/anything', 'Bearer first'],
    [`/${home}/anything`, 'Bearer first'],
  ]);
});

test.each(DOORS)('%s: who gives up is heard, and the request ends', async (door) => {
  const gone = api.gone();
  const outcome = await tab.evaluate(
    ([door, url]) => window.codeOf(window.doors[door](url, undefined, 300)),
    [door, `${home}/slow`] as const,
  );
  expect(['ERR_CANCELED', 'TimeoutError', 23]).toContain(outcome);
  await gone;
  expect(paths()).toEqual(['/slow']);
});

test.each(DOORS)('%s: who gives up is heard while a token is waited for', async (door) => {
  const outcome = await tab.evaluate(
    ([door, url]) => {
      // The person does not answer the vault's prompt, say.
      window.session.bearer = () => new Promise(() => {});
      return window.codeOf(window.doors[door](url, undefined, 300));
    },
    [door, `${home}/anything`] as const,
  );
  expect(['ERR_CANCELED', 'TimeoutError', 23]).toContain(outcome);
  expect(api.seen).toEqual([]);
});

test.each(DOORS)('%s: and while another one is', async (door) => {
  const outcome = await tab.evaluate(
    ([door, url]) => {
      window.session.another = () => new Promise(() => {});
      return window.codeOf(window.doors[door](url, undefined, 1000));
    },
    [door, `${home}/never`] as const,
  );
  expect(['ERR_CANCELED', 'TimeoutError', 23]).toContain(outcome);
  expect(paths()).toEqual(['/never']);
});

test('nobody is asked for a token for who has given up before', async () => {
  const asked = await tab.evaluate(async (url) => {
    let asked = 0;
    window.session.bearer = async () => String(asked++);
    const signal = AbortSignal.abort();
    const outcomes = [
      await window.codeOf(window.session.fetch(url, { signal })),
      await window.codeOf(window.instance.get(url, { signal })),
    ];
    return { asked, outcomes };
  }, `${home}/anything`);
  expect(asked).toEqual({ asked: 0, outcomes: [20, 'ERR_CANCELED'] });
  expect(api.seen).toEqual([]);
});

test('an abort is heeded before, and while the answer is waited for', async () => {
  const outcome = await tab.evaluate(async (url) => {
    const gone = AbortSignal.abort();
    const soon = AbortSignal.timeout(200);
    return [
      await window.codeOf(window.session.fetch(url, { signal: gone })),
      await window.codeOf(window.session.fetch(url, { signal: soon })),
    ];
  }, `${home}/slow`);
  // DOMException's codes: ABORT_ERR and TIMEOUT_ERR.
  expect(outcome).toEqual([20, 23]);
  expect(paths()).toEqual(['/slow']);
});

test('an origin where a token could be read on its way is refused', async () => {
  const code = await tab.evaluate(() =>
    window.codeOf(window.attachSession('key', { origins: ['http://example.org'] })),
  );
  expect(code).toBe(206);
});
