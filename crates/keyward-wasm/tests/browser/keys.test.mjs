import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { launch } from './chromium.mjs';

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

const MATERIAL = /^[0-9a-f]{64}$/;

/** A page whose `protector` is one of `tests.TestProtector`'s. */
async function withProtector(kind, ...parameters) {
  return prepare(await browser.page(), kind, ...parameters);
}

async function prepare(page, kind, ...parameters) {
  page.make = () =>
    page.run(
      ([kind, parameters]) =>
        (globalThis.protector = tests.TestProtector[kind](...parameters)) && undefined,
      [kind, parameters],
    );
  await page.make();
  return page;
}

/** What is in the keys' object store, and a change to it. */
async function keysIn(page, database, change) {
  return page.run(
    ([database, change]) =>
      new Promise((resolve) => {
        indexedDB.open(database).onsuccess = ({ target: { result } }) => {
          const store = result.transaction('keys', 'readwrite').objectStore('keys');
          if (change) store[change]();
          store.getAll().onsuccess = ({ target }) => {
            result.close();
            globalThis.stored = target.result;
            resolve(target.result.length);
          };
        };
      }),
    [database, change],
  );
}

test('a key is there after a restart of the browser', async () => {
  let page = await withProtector('web_crypto', 'restart', 1);
  const [handle, material] = await page.run(() => protector.enroll());
  assert.match(material, MATERIAL);
  await browser.restart();
  page = await withProtector('web_crypto', 'restart', 1);
  assert.equal(await page.run((handle) => protector.release(handle), handle), material);
  await page.close();
});

test('a script that finds the key can not read it', async () => {
  const page = await withProtector('web_crypto', 'script', 1);
  await page.run(() => protector.enroll());
  assert.equal(await keysIn(page, 'script'), 1);
  const found = await page.run(async () => {
    const [key] = stored;
    const exported = ['raw', 'jwk'].map((format) => crypto.subtle.exportKey(format, key));
    const outcomes = await Promise.allSettled(exported);
    return [key.type, key.extractable, ...outcomes.map(({ status }) => status)];
  });
  assert.deepEqual(found, ['secret', false, 'rejected', 'rejected']);
  await page.close();
});

test('a key that was deleted is lost', async () => {
  const page = await withProtector('web_crypto', 'lost', 1);
  const [handle] = await page.run(() => protector.enroll());
  await keysIn(page, 'lost', 'clear');
  assert.equal(await page.run((handle) => protector.release(handle), handle), 'Lost');
  await page.close();
});

test('a handle of the first version, which names no key, releases whichever is there', async () => {
  const page = await withProtector('web_crypto', 'unnamed', 1);
  const [handle, material] = await page.run(() => protector.enroll());
  assert.match(handle, /^02[0-9a-f]{16}$/);
  for (const known of ['01', handle]) {
    assert.equal(await page.run((handle) => protector.release(handle), known), material);
  }
  for (const unknown of ['02', '03', `${handle}00`, handle.replace(/^02/, '03')]) {
    assert.match(await page.run((handle) => protector.release(handle), unknown), /^Unavailable/);
  }
  await keysIn(page, 'unnamed', 'clear');
  assert.equal(await page.run(() => protector.release('01')), 'Lost');
  await page.close();
});

test('a database that cannot be reached is not a lost key', async () => {
  const page = await prepare(await browser.page('/sandboxed'), 'web_crypto', 'sandboxed', 1);
  assert.match(await page.run(() => protector.release('01')), /^Unavailable/);
  await page.close();
});

test('a page that is not secure has neither', async () => {
  const page = await browser.insecure();
  for (const [kind, ...parameters] of [
    ['web_crypto', 'insecure', 1],
    ['passkey', 'insecure', 1, 1_000],
  ]) {
    await prepare(page, kind, ...parameters);
    const [answer] = await page.run(() => protector.enroll());
    assert.match(answer, /^Unsupported/, kind);
  }
  await page.close();
});

test("a tab's key is there after a reload, and in no other tab", async () => {
  const page = await withProtector('of_tab', 'tab', 1, 0);
  const [handle, material] = await page.run(() => protector.enroll());
  assert.match(material, MATERIAL);
  for (let round = 0; round < 3; round += 1) {
    await page.reload();
    await page.make();
    assert.equal(await page.run((handle) => protector.release(handle), handle), material);
  }
  const other = await withProtector('of_tab', 'tab', 1, 0);
  assert.equal(await other.run((handle) => protector.release(handle), handle), 'Lost');
  assert.equal(await page.run((handle) => protector.release(handle), handle), material);
  await Promise.all([page.close(), other.close()]);
});

test('a copy of a tab opens what it has, whatever the first one forgets', async () => {
  const page = await withProtector('of_tab', 'copy', 1, 0);
  const [handle, material] = await page.run(() => protector.enroll());
  const copy = await prepare(
    await browser.opened(page.page, (origin) => void window.open(origin)),
    'of_tab',
    'copy',
    1,
    0,
  );
  const release = (handle) => protector.release(handle);
  assert.equal(await copy.run(release, handle), material);
  assert.equal(await page.run((handle) => protector.forget(handle), handle), 'done');
  assert.equal(await copy.run(release, handle), material);
  await page.close();
  assert.equal(await copy.run(release, handle), material);
  assert.equal(await copy.run((handle) => protector.forget(handle), handle), 'done');
  assert.equal(await copy.run(release, handle), 'Lost');
  await copy.close();
});

test('keys of tabs that are gone are removed, after their time', async () => {
  const gone = await withProtector('of_tab', 'sweep', 1, 0);
  await gone.run(() => protector.enroll());
  await gone.close();

  // The one that finds it unheld, one that finds it so for too short a time, and one that does not.
  const found = [];
  for (const grace of [0, 3_600_000, 0]) {
    const page = await withProtector('of_tab', 'sweep', 1, grace);
    assert.equal(await page.run(() => protector.release('01')), 'Lost');
    found.push(await keysIn(page, 'sweep'));
    await page.close();
  }
  // The key and since when it is unheld, twice; then neither.
  assert.deepEqual(found, [2, 2, 0]);
});
