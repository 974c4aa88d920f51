// Vaults that a passkey opens, with Chromium's virtual authenticator.

import type { Page } from 'playwright-core';
import { beforeEach, expect, test } from 'vitest';

import { ready, servedApp } from './app.js';
import { Authenticator } from './authenticator.js';

const BIOMETRICS_NOT_ENABLED = 13;
const USER_CANCELED = 8;
/** Of `DeviceErrorCodes`. */
const PROMPT_CANCELED = 2;

const app = servedApp();
let tab: Page;
let authenticator: Authenticator;

beforeEach(async () => {
  tab = await app.open();
  authenticator = await Authenticator.of(tab);
});

async function withToken() {
  await authenticator.meets('recognised');
  await tab.evaluate(async () => {
    const { DeviceSecurityType, VaultType } = window.keyward;
    await window.attach({
      type: VaultType.DeviceSecurity,
      deviceSecurityType: DeviceSecurityType.Both,
    });
    await window.vault.setValue('token', 'abc');
  });
}

const read = () => window.codeOf(window.vault.getValue('token'));
const isLocked = () => window.vault.isLocked();

test('a passkey with a clear name is made, and opens the vault after a reload', async () => {
  await withToken();
  const [passkey, ...others] = await authenticator.passkeys();
  expect(others).toEqual([]);
  expect(passkey).toMatchObject({ rpId: 'localhost', userName: 'session' });

  await tab.reload();
  await ready(tab);
  const seen = await tab.evaluate(async () => {
    await window.attach();
    const { vault } = window;
    return [await vault.isLocked(), await vault.getValue('token'), await vault.assurance()];
  });
  expect(seen).toMatchObject([true, 'abc', { userVerified: true, stolenDisk: 'sealed' }]);
  expect(await authenticator.passkeys()).toHaveLength(1);
});

test('however many calls wait, the person is asked once', async () => {
  await withToken();
  await tab.evaluate(() => window.vault.lock());
  const before = (await authenticator.passkeys())[0]!.signCount;
  const values = await tab.evaluate(() =>
    Promise.all(Array.from({ length: 10 }, () => window.vault.getValue('token'))),
  );
  expect(values).toEqual(Array(10).fill('abc'));
  expect((await authenticator.passkeys())[0]!.signCount).toBe(before + 1);
});

test('a person who is not recognised does not open it, and it stays as it was', async () => {
  await withToken();
  await tab.evaluate(() => window.vault.lock());
  await authenticator.meets('unknown');
  expect(await tab.evaluate(read)).toBe(USER_CANCELED);
  expect(await tab.evaluate(isLocked)).toBe(true);
  expect(await tab.evaluate(() => window.vault.isEmpty())).toBe(false);
});

test('a prompt that nobody answers ends when its time is up', async () => {
  await tab.clock.install();
  await withToken();
  await tab.evaluate(() => window.vault.lock());
  await authenticator.vanishes();
  const asked = tab.evaluate(read);
  // The clock stands still unless it is moved, so that this is the only way for it to end.
  const code = await moving(tab, asked);
  expect(code).toBe(USER_CANCELED);
  expect(await tab.evaluate(isLocked)).toBe(true);
});

/** Moves the page's clock until the result is there. */
async function moving<T>(tab: Page, result: Promise<T>): Promise<T> {
  let settled = false;
  const settle = () => {
    settled = true;
  };
  result.then(settle, settle);
  while (!settled) {
    // Slowly enough that what does not wait for a person comes to its end in time.
    await tab.clock.fastForward(1000);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return result;
}

test('a passkey that was deleted is no reason to delete anything; the app can start over', async () => {
  await withToken();
  await tab.evaluate(() => window.vault.lock());
  for (const { credentialId } of await authenticator.passkeys()) {
    await authenticator.forgets(credentialId);
  }
  await tab.clock.install();
  const asked = tab.evaluate(read);
  expect(await moving(tab, asked)).toBe(USER_CANCELED);
  expect(await tab.evaluate(isLocked)).toBe(true);
  expect(await tab.evaluate(() => window.vault.isEmpty())).toBe(false);

  const [empty, token] = await tab.evaluate(async () => {
    await window.vault.clear();
    const empty = await window.vault.isEmpty();
    await window.vault.setValue('token', 'def');
    await window.vault.lock();
    return [empty, await window.vault.getValue('token')];
  });
  expect([empty, token]).toEqual([true, 'def']);
  expect(await authenticator.passkeys()).toHaveLength(1);
});

test.each([
  ['no authenticator', async () => {}],
  [
    'an authenticator without the PRF extension',
    () => authenticator.meets('recognised', { hasPrf: false }),
  ],
] as const)('with %s nothing changes', async (_, prepare) => {
  await prepare();
  const seen = await tab.evaluate(async () => {
    const { DeviceSecurityType, VaultType } = window.keyward;
    await window.attach();
    const { vault } = window;
    await vault.setValue('token', 'abc');
    const before = JSON.stringify(await vault.inspect());
    const code = await window.codeOf(
      vault.updateConfig({
        ...vault.config,
        type: VaultType.DeviceSecurity,
        deviceSecurityType: DeviceSecurityType.Both,
      }),
    );
    const same = JSON.stringify(await vault.inspect()) === before;
    return [code, same, vault.config.type, await vault.getValue('token')];
  });
  expect(seen).toEqual([BIOMETRICS_NOT_ENABLED, true, 'SecureStorage', 'abc']);
  expect(await authenticator.passkeys()).toEqual([]);
});

test('the way to a passkey and back asks once each way and loses nothing', async () => {
  await authenticator.meets('recognised');
  const seen = await tab.evaluate(async () => {
    const { DeviceSecurityType, VaultType } = window.keyward;
    await window.attach();
    const { vault } = window;
    await vault.setValue('token', 'abc');
    const prompts: string[] = [];
    for (const prompt of ['create', 'get'] as const) {
      const ask = navigator.credentials[prompt].bind(navigator.credentials);
      navigator.credentials[prompt] = (options?: object) => {
        prompts.push(prompt);
        return ask(options);
      };
    }
    const plain = vault.config;
    await vault.updateConfig({
      ...plain,
      type: VaultType.DeviceSecurity,
      deviceSecurityType: DeviceSecurityType.Biometrics,
    });
    const kinds = (await vault.inspect()).stored?.slots.map(({ kind }) => kind);
    await vault.lock();
    await vault.updateConfig(plain);
    const after = (await vault.inspect()).stored?.slots.map(({ kind }) => kind);
    return [kinds, after, prompts, await vault.isLocked(), await vault.getValue('token')];
  });
  const [kinds, after] = [['user-verification'], ['device-store']];
  expect(seen).toEqual([kinds, after, ['create', 'get'], false, 'abc']);
});

test('showBiometricPrompt asks with a passkey of its own, which need not have PRF', async () => {
  const prompt = () =>
    tab.evaluate(() => window.codeOf(window.keyward.Device.showBiometricPrompt({})));
  await authenticator.meets('recognised', { hasPrf: false });
  expect(await prompt()).toBe('resolved');
  const [first, ...others] = await authenticator.passkeys();
  expect(others).toEqual([]);
  expect(await prompt()).toBe('resolved');
  expect((await authenticator.passkeys()).map(({ credentialId }) => credentialId)).toEqual([
    first!.credentialId,
  ]);
  await authenticator.meets('unknown');
  expect(await prompt()).toBe(PROMPT_CANCELED);
  await authenticator.meets('recognised');
  await authenticator.forgets(first!.credentialId);
  // It is not there: that looks like a refusal, and the next prompt makes another.
  expect([await prompt(), await prompt()]).toContain('resolved');
  expect(await authenticator.passkeys()).toHaveLength(1);
});
