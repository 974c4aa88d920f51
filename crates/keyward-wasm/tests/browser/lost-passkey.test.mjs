// Passkeys that are gone, and passkeys of which nobody can tell.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { authenticator } from './authenticator.mjs';
import { launch } from './chromium.mjs';

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

const MATERIAL = /^[0-9a-f]{64}$/;
const enroll = () => protector.enroll();
const release = (handle) => protector.release(handle);
const check = (handle) => protector.check(handle);
const probe = (handle) => protector.probe(handle);

/** A page with a virtual authenticator and an enrolled passkey. */
async function enrolled(database, { limit = 20_000, ...options } = {}) {
  const page = await browser.page();
  const device = await authenticator(await browser.cdp(page.page), options);
  const start = () =>
    page.run(
      ([database, limit]) =>
        void (globalThis.protector = tests.TestProtector.passkey(database, 1, limit)),
      [database, limit],
    );
  await start();
  const [handle, material] = await page.run(enroll);
  assert.match(material, MATERIAL);
  const remove = async () => {
    for (const { credentialId } of await device.credentials()) await device.remove(credentialId);
  };
  return { page, device, handle, material, remove, start };
}

/** How many requests for passkeys the page makes from now on. */
const counting = () => {
  globalThis.requests = [];
  for (const method of ['create', 'get']) {
    const ask = navigator.credentials[method].bind(navigator.credentials);
    navigator.credentials[method] = (options) => (requests.push(method), ask(options));
  }
};

test('a passkey that is there is found, and no other is made', async () => {
  const { page, device, handle, material } = await enrolled('there');
  assert.equal(await page.run(check, handle), 'there');
  assert.equal((await device.credentials()).length, 1);
  assert.equal(await page.run(probe, handle), 'CannotTell');
  assert.equal(await page.run(release, handle), material);
  await page.close();
});

test('a passkey that was deleted is lost, and from then on nobody is asked in vain', async () => {
  const { page, handle, remove, start } = await enrolled('deleted');
  await remove();
  assert.equal(await page.run(release, handle), 'Dismissed', 'nobody has looked yet');
  assert.equal(await page.run(probe, handle), 'CannotTell');
  assert.equal(await page.run(check, handle), 'Lost');
  for (const reloaded of [false, true]) {
    if (reloaded) {
      await page.reload();
      await start();
    }
    await page.run(counting);
    assert.equal(await page.run(probe, handle), 'Lost');
    assert.equal(await page.run(release, handle), 'Lost');
    assert.deepEqual(await page.run(() => requests), []);
  }
  await page.close();
});

test('the passkey that the check has made is the next one, without a second prompt', async () => {
  const { page, device, handle, material, remove } = await enrolled('next');
  await remove();
  assert.equal(await page.run(check, handle), 'Lost');
  await page.run(counting);
  const [next, other] = await page.run(enroll);
  assert.deepEqual(await page.run(() => requests), []);
  assert.notEqual(next, handle);
  assert.notEqual(other, material);
  assert.equal(await page.run(release, next), other);
  assert.equal((await device.credentials()).length, 1);
  assert.equal(await page.run(check, next), 'there');
  await page.close();
});

test('who asks again hears the same, and no other passkey is made', async () => {
  const { page, device, handle, remove } = await enrolled('again');
  await remove();
  assert.equal(await page.run(check, handle), 'Lost');
  assert.equal(await page.run(check, handle), 'Lost');
  assert.equal((await device.credentials()).length, 1);
  await page.close();
});

test('after a reload, the passkey that the check has made is asked for', async () => {
  const { page, device, handle, remove, start } = await enrolled('reloaded');
  await remove();
  assert.equal(await page.run(check, handle), 'Lost');
  await page.reload();
  await start();
  const [next, other] = await page.run(enroll);
  assert.match(other, MATERIAL);
  assert.equal(await page.run(release, next), other);
  assert.equal((await device.credentials()).length, 1);
  await page.close();
});

test('a passkey that comes back is there again', async () => {
  const { page, handle, remove, device, start } = await enrolled('back');
  const [kept] = await device.credentials();
  await remove();
  assert.equal(await page.run(check, handle), 'Lost');
  await device.add(kept);
  assert.equal(await page.run(check, handle), 'there');
  assert.equal(await page.run(probe, handle), 'CannotTell');
  await start();
  await page.close();
});

test('a person who is not recognised, or says nothing, says nothing of the passkey', async () => {
  const refused = await enrolled('refused', {});
  await refused.remove();
  await refused.device.recognises(false);
  assert.equal(await refused.page.run(check, refused.handle), 'Dismissed');
  assert.equal(await refused.page.run(probe, refused.handle), 'CannotTell');
  await refused.page.close();

  const silent = await enrolled('silent', { limit: 1_000 });
  await silent.remove();
  await silent.device.answers(false);
  assert.equal(await silent.page.run(check, silent.handle), 'Dismissed');
  await silent.device.answers(true);
  assert.equal(await silent.page.run(probe, silent.handle), 'CannotTell');
  assert.equal(await silent.page.run(check, silent.handle), 'Lost');
  await silent.page.close();
});

for (const [name, maker, says] of [
  ['another password manager', 0xee, /another password manager/],
  ['a browser that does not tell who answered', 0x00, /does not tell/],
]) {
  test(`${name} does not make a passkey lost, and keeps no new one`, async () => {
    const { page, device, handle, remove, material } = await enrolled(`maker ${maker}`);
    const [kept] = await device.credentials();
    await remove();
    await page.run((maker) => {
      // The virtual authenticator has one make only.
      const create = navigator.credentials.create.bind(navigator.credentials);
      navigator.credentials.create = async (options) => {
        const credential = await create(options);
        const data = new Uint8Array(credential.response.getAuthenticatorData()).fill(maker, 37, 53);
        credential.response.getAuthenticatorData = () => data.buffer;
        return credential;
      };
    }, maker);
    const answer = await page.run(check, handle);
    assert.match(answer, /^Unavailable/);
    assert.match(answer, says);
    assert.equal(await page.run(probe, handle), 'CannotTell');
    for (let tries = 0; (await device.credentials()).length > 0; tries += 1) {
      assert.ok(tries < 50, 'the new passkey stays');
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await device.add(kept);
    assert.equal(await page.run(check, handle), 'there');
    assert.match(material, MATERIAL);
    await page.close();
  });
}

test('what a device can do is told without asking', async () => {
  const page = await browser.page();
  const device = await authenticator(await browser.cdp(page.page));
  const ready = (kind, ...parameters) =>
    page.run(
      ([kind, parameters]) => tests.TestProtector[kind](...parameters).readiness(),
      [kind, parameters],
    );
  await page.run(counting);
  assert.equal(await ready('passkey', 'ready', 1, 1_000), 'CannotTell');
  assert.equal(await ready('web_crypto', 'ready', 1), 'Ready');
  await page.run(() => {
    PublicKeyCredential.getClientCapabilities = async () => ({ 'extension:prf': false });
  });
  assert.equal(await ready('passkey', 'ready', 1, 1_000), 'no-prf');
  assert.deepEqual(await page.run(() => requests), []);
  assert.deepEqual(await device.credentials(), []);
  await page.close();

  const without = await browser.page();
  await (await browser.cdp(without.page)).send('WebAuthn.enable', { enableUI: false });
  const answer = await without.run(() => tests.TestProtector.passkey('no', 1, 1_000).readiness());
  assert.equal(answer, 'no-verification');
  await without.close();

  const insecure = await browser.insecure();
  const answers = () => [
    tests.TestProtector.passkey('insecure', 1, 1_000).readiness(),
    tests.TestProtector.web_crypto('insecure', 1).readiness(),
  ];
  for (let at = 0; at < 2; at += 1) {
    assert.equal(await insecure.run(`(${answers})()[${at}]`), 'insecure-page');
  }
  await insecure.close();

  const blocked = await browser.page('/sandboxed');
  const found = await blocked.run(() => tests.TestProtector.web_crypto('no', 1).readiness());
  assert.equal(found, 'unreachable');
  await blocked.close();
});
