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

/** A page with a virtual authenticator, and a passkey protector for which a person has `limit` ms. */
async function withPasskey(database, { limit = 20_000, ...options } = {}) {
  const page = await browser.page();
  const device = await authenticator(await browser.cdp(page.page), options);
  await page.run(
    ([database, limit]) =>
      void (globalThis.protector = tests.TestProtector.passkey(database, 1, limit)),
    [database, limit],
  );
  return { page, device };
}

test('passkeys pass the suite', async () => {
  const { page } = await withPasskey('suite');
  await page.run(() => tests.passkey_conforms());
  await page.close();
});

test('a passkey has a clear name, and there is one of them', async () => {
  const { page, device } = await withPasskey('name');
  const [handle, material] = await page.run(enroll);
  assert.match(material, MATERIAL);
  assert.deepEqual(await page.run(enroll), [handle, material]);
  const credentials = await device.credentials();
  assert.deepEqual(
    credentials.map(({ rpId, userName, userDisplayName }) => [rpId, userName, userDisplayName]),
    [['localhost', 'test', 'test']],
  );
  await page.reload();
  await page.run(
    () => void (globalThis.protector = tests.TestProtector.passkey('name', 1, 20_000)),
  );
  assert.equal(await page.run(release, handle), material);
  await page.close();
});

test('forgetting asks nobody, and takes the passkey away', async () => {
  const { page, device } = await withPasskey('forget');
  const [handle] = await page.run(enroll);
  await device.recognises(false);
  for (const named of [handle, '']) {
    assert.equal(await page.run((handle) => protector.forget(handle), named), 'done');
  }
  await gone(device);
  await page.close();
});

test('a person who is not recognised opens nothing', async () => {
  const { page, device } = await withPasskey('refused');
  const [handle] = await page.run(enroll);
  await device.recognises(false);
  assert.equal(await page.run(release, handle), 'Dismissed');
  await page.close();

  const fresh = await withPasskey('refused at once', { isUserVerified: false });
  assert.deepEqual(await fresh.page.run(enroll), ['Dismissed']);
  assert.deepEqual(await fresh.device.credentials(), []);
  await fresh.page.close();
});

test('a passkey that was deleted is refused, and enrolling twice makes another', async () => {
  const { page, device } = await withPasskey('deleted');
  const [handle, material] = await page.run(enroll);
  const [{ credentialId }] = await device.credentials();
  await device.remove(credentialId);
  assert.equal(await page.run(release, handle), 'Dismissed');
  assert.deepEqual(await page.run(enroll), ['Dismissed']);
  const [another, other] = await page.run(enroll);
  assert.match(other, MATERIAL);
  assert.notEqual(other, material);
  assert.equal(await page.run(release, another), other);
  await page.close();
});

test('a prompt that nobody answers ends, and the next one can be answered', async () => {
  const { page, device } = await withPasskey('unanswered', { limit: 1_000 });
  const [handle, material] = await page.run(enroll);
  await device.answers(false);
  assert.equal(await page.run(release, handle), 'Dismissed');
  await device.answers(true);
  assert.equal(await page.run(release, handle), material);
  await page.close();
});

test('without an authenticator there is no passkey, and no wait', async () => {
  const page = await browser.page();
  await (await browser.cdp(page.page)).send('WebAuthn.enable', { enableUI: false });
  await page.run(
    () => void (globalThis.protector = tests.TestProtector.passkey('without', 1, 1_000)),
  );
  assert.match((await page.run(enroll))[0], /^Unsupported/);
  // A slot from elsewhere: nobody answers.
  assert.match(await page.run(release, `01${'01'.repeat(16)}ffff`), /^Dismissed/);
  await page.close();
});

test('an authenticator without the function is told apart, and keeps no passkey', async () => {
  const { page, device } = await withPasskey('no function', { hasPrf: false });
  assert.match((await page.run(enroll))[0], /^Unsupported/);
  await gone(device);
  await page.close();
});

test('a browser that gives no output when it makes a passkey is asked again', async () => {
  const { page, device } = await withPasskey('asked again', { limit: 1_000 });
  await page.run(() => {
    // As Firefox does.
    const create = navigator.credentials.create.bind(navigator.credentials);
    navigator.credentials.create = async (options) => {
      const credential = await create(options);
      await new Promise((goOn) => (globalThis.goOn = goOn));
      credential.getClientExtensionResults = () => ({ prf: { enabled: true } });
      return credential;
    };
  });
  // The person closes the second prompt; the passkey is not made in vain.
  const refused = page.run(enroll);
  await page.page.waitForFunction(() => globalThis.goOn);
  await device.answers(false);
  await page.run(() => goOn());
  assert.deepEqual(await refused, ['Dismissed']);
  await device.answers(true);
  const [handle, material] = await page.run(enroll);
  assert.match(material, MATERIAL);
  assert.equal(await page.run(release, handle), material);
  assert.equal((await device.credentials()).length, 1);
  await page.close();
});

test('two pages ask one after the other, and not for ever', async () => {
  const one = await withPasskey('one', { limit: 1_500 });
  const other = await withPasskey('other', { limit: 20_000 });
  const impatient = await withPasskey('impatient', { limit: 500 });
  await one.device.answers(false);
  const watched = () => {
    const create = navigator.credentials.create.bind(navigator.credentials);
    globalThis.asked = [];
    navigator.credentials.create = async (options) => {
      asked.push(performance.timeOrigin + performance.now());
      try {
        return await create(options);
      } finally {
        asked.push(performance.timeOrigin + performance.now());
      }
    };
  };
  await one.page.run(watched);
  await other.page.run(watched);
  // Chromium asks in the page that is in front only.
  await one.page.page.bringToFront();
  const first = one.page.run(enroll);
  await one.page.page.waitForFunction(() => asked.length > 0, undefined, { polling: 20 });
  await other.page.page.bringToFront();
  const second = other.page.run(enroll);
  assert.match((await impatient.page.run(enroll))[0], /^Unavailable.*another page is asking/);
  assert.deepEqual(await first, ['Dismissed']);
  assert.match((await second)[1], MATERIAL);
  const [, firstEnd] = await one.page.run(() => asked);
  const [secondBegin] = await other.page.run(() => asked);
  assert.ok(secondBegin >= firstEnd, 'the second prompt came before the first was over');
  await Promise.all([one, other, impatient].map(({ page }) => page.close()));
});

/** Waits until the authenticator has been told that its passkey is of no use. */
async function gone(device) {
  for (let tries = 0; tries < 50; tries += 1) {
    if ((await device.credentials()).length === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.deepEqual(await device.credentials(), []);
}
