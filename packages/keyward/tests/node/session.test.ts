// Sessions without a page, as a server has them: the platform's `fetch` is Node's.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import axios, { type AxiosStatic } from 'axios';
import axios1_13 from 'axios-1-13';
import { Vault, VaultType } from 'keyward';
import { Session, SessionError, SessionErrorCodes } from 'keyward/session';
import { expect, test } from 'vitest';

test('a body that is read piece by piece is sent once: the 401 is the answer, and an event says so', async () => {
  const seen: string[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const piece of request) body += String(piece);
    seen.push(`${request.url} ${request.headers.authorization} ${body}`);
    if (request.url === '/renew') {
      response.end('{"access_token":"second","refresh_token":"next"}');
    } else {
      response.writeHead(401).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  const home = `http://localhost:${(server.address() as AddressInfo).port}`;
  try {
    const vault = new Vault();
    await vault.initialize({ key: 'pieces', type: VaultType.InMemory });
    const session = new Session({ vault, server: { refresh: `${home}/renew` }, origins: [home] });
    await session.begin({ accessToken: 'first', refreshToken: 'old' });
    const told: string[] = [];
    session.subscribe((event) => {
      if (event.type === 'notReplayed') told.push(event.origin);
    });
    const pieces = (async function* () {
      yield new TextEncoder().encode('a ');
      yield new TextEncoder().encode('body');
    })();
    const options = { method: 'POST', body: pieces, duplex: 'half' };
    const { status } = await session.fetch(`${home}/orders`, options as unknown as RequestInit);
    expect(status).toBe(401);
    expect(seen.filter((it) => it.startsWith('/orders'))).toEqual(['/orders Bearer first a body']);
    expect(told).toEqual([home]);
  } finally {
    server.close();
    server.closeAllConnections();
  }
});

test.each([
  ['1.13', axios1_13 as unknown as AxiosStatic],
  ['of today', axios],
])(
  'axios %s in Node: redirects may be followed, and a subdomain gets no token',
  async (_, axios) => {
    const seen: (string | undefined)[][] = [];
    const server = createServer(({ url, headers: { host, authorization } }, response) => {
      seen.push([host, url, authorization]);
      response.writeHead(url === '/' ? 307 : 200, { Location: `http://sub.${host}/arrived` }).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const host = `localhost:${(server.address() as AddressInfo).port}`;
    const home = `http://${host}`;
    try {
      const vault = new Vault();
      await vault.initialize({ key: 'axios', type: VaultType.InMemory });
      const session = new Session({ vault, server: 'key', origins: [home], followRedirects: true });
      await session.begin({ accessToken: 'first' });
      // For Axios's own way, all names are this machine's. The platform's may not find a subdomain.
      const lookup = (_: string, __: object, found: (...address: unknown[]) => void) =>
        found(null, '127.0.0.1', 4);
      const instance = axios.create({ lookup } as object);
      instance.interceptors.request.use(session.axios().request);
      await instance.get(`${home}/`).catch(() => undefined);
      expect(seen.shift()).toEqual([host, '/', 'Bearer first']);
      expect(seen.map(([, , authorization]) => authorization)).not.toContain('Bearer first');
    } finally {
      server.close();
      server.closeAllConnections();
    }
  },
);

test('what a vault says when it cannot be asked is in the cause', async () => {
  const cause = Object.assign(new Error('no storage'), { code: 2 });
  const vault = {
    config: undefined,
    getValue: () => Promise.reject(cause),
    setValue: () => Promise.reject(cause),
    removeValue: () => Promise.reject(cause),
    isLocked: () => Promise.reject(cause),
    subscribe: () => () => {},
  };
  const session = new Session({ vault, server: 'key', origins: [] });
  const error: unknown = await session.bearer().catch((error: unknown) => error);
  expect(error).toBeInstanceOf(SessionError);
  expect(error).toMatchObject({ code: SessionErrorCodes.Keep, cause });
});
