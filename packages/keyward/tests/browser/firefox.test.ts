// What Firefox loses of a passkey, and what it says then. The losses of what is stored are cases of
// tests/behaviour, which runs there and in WebKit too; WebKitGTK has no passkeys.

import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';

import { serveApp } from './app.js';
import { Marionette } from './marionette.js';
import type { Server } from './server.js';

const INVALIDATED_CREDENTIAL = 4;
const USER_CANCELED = 8;

let server: Server;
let firefox: Marionette;
let authenticator: string;
let code: string;

beforeAll(async () => {
  firefox = await Marionette.start();
  authenticator = await firefox.addAuthenticator();
});

afterAll(() => firefox?.close());

beforeEach(async () => {
  // An origin of its own has storage of its own.
  server = await serveApp();
  await firefox.goto(server.origin);
  code = await begin(`
    const { DeviceSecurityType, VaultType } = keyward;
    await attach({ type: VaultType.DeviceSecurity, deviceSecurityType: DeviceSecurityType.Both });
    await vault.setValue('token', 'abc');
    return vault.enrollRecovery();`);
  return () => server.close();
});

/** Runs the body of a function in the page, which may await things, and answers its result. */
const inPage = <T>(body: string): Promise<T> =>
  firefox.run<T>(
    `const done = arguments[0];
     (async () => { ${body} })().then(done, (error) => done(String(error)));`,
  );

/**
 * The same in a page that has just begun. Firefox on Linux has no authenticator of the device itself,
 * and its virtual one passes for a security key whatever it is asked to be: it stands in for both.
 */
const begin = <T>(body: string): Promise<T> =>
  inPage<T>(`
    const create = navigator.credentials.create.bind(navigator.credentials);
    navigator.credentials.create = (options) => {
      delete options.publicKey.authenticatorSelection.authenticatorAttachment;
      return create(options);
    };
    ${body}`);

async function again() {
  await firefox.goto(server.origin);
  await begin('await attach();');
}

const health = () =>
  inPage(`const { condition, nextStep } = await vault.health(); return [condition, nextStep];`);
const read = () => inPage(`return codeOf(vault.getValue('token'));`);
const token = () => inPage(`return vault.getValue('token');`);
const check = () => inPage(`return codeOf(vault.checkKey());`);

/** Everything that is stored in the database's cells, as text. */
const cells = () =>
  inPage<string>(`
    const done = (request) => new Promise((resolve) => (request.onsuccess = () => resolve(request.result)));
    const database = await done(indexedDB.open('keyward'));
    const cells = await done(database.transaction('cells').objectStore('cells').getAll());
    database.close();
    return cells.map(({ bytes }) => Array.from(bytes).join()).join(';');`);

test('a passkey that is there is found, without another one that stays', async () => {
  await again();
  const before = await firefox.passkeys(authenticator);
  expect(await check()).toBe('resolved');
  expect(await token()).toBe('abc');
  expect(await health()).toEqual(['intact', 'nothing']);
  expect(await firefox.passkeys(authenticator)).toEqual(before);
});

test('a passkey that was removed', async () => {
  const before = await cells();
  for (const passkey of await firefox.passkeys(authenticator)) {
    await firefox.removePasskey(authenticator, passkey);
  }
  await again();
  expect(await health()).toEqual(['locked', 'unlock']);
  expect(await read()).toBe(USER_CANCELED);
  expect(await check()).toBe(INVALIDATED_CREDENTIAL);
  expect(await health()).toEqual(['key-lost', 'recover']);
  expect(await read()).toBe(INVALIDATED_CREDENTIAL);
  expect(before.length).toBeGreaterThan(1_000);
  expect(await cells()).toBe(before);
  expect(await inPage(`return codeOf(vault.recover({ code: '${code}' }));`)).toBe('resolved');
  expect(await token()).toBe('abc');
  await again();
  expect(await token()).toBe('abc');
});
