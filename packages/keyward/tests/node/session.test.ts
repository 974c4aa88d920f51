// Sessions without a page, as a server has them: the platform's `fetch` is Node's.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

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
