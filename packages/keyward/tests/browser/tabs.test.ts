// Two tabs with one vault.

import type { Page } from 'playwright-core';
import { beforeEach, expect, test } from 'vitest';

import { servedApp } from './app.js';
import { Authenticator } from './authenticator.js';

const app = servedApp();
let one: Page;
let other: Page;

beforeEach(async () => {
  [one, other] = [await app.open(), await app.open()];
});

/** Opens the vault in both tabs. */
async function withToken(type: 'SecureStorage' | 'CustomPasscode') {
  for (const tab of [one, other]) {
    await tab.evaluate(async (type) => {
      await window.attach({ type: window.keyward.VaultType[type] });
      window.answer('2580');
      if ((await window.vault.isEmpty()) && !(await window.vault.doesVaultExist())) {
        await window.vault.setValue('token', 'abc');
      }
      await window.vault.unlock();
      window.heard.length = 0;
    }, type);
  }
}

const read = () => window.vault.getValue('token');
const heard = () => window.heard;
const isLocked = () => window.vault.isLocked();

/** Waits until a tab has heard something, and then for what would come after it. */
async function settled(tab: Page, what: string) {
  await tab.waitForFunction((what) => window.heard.includes(what), what);
  for (const tab of [one, other]) {
    // A round through everything that may carry an echo: the channel, the store, the queue.
    for (let round = 0; round < 3; round++) {
      await tab.evaluate(async () => {
        await new Promise((resolve) => setTimeout(resolve, 100));
        await window.vault.isEmpty();
      });
    }
  }
}

test.each(['SecureStorage', 'CustomPasscode'] as const)(
  'what one tab writes to a %s vault the other reads, and hears of it once',
  async (type) => {
    await withToken(type);
    await one.evaluate(() => window.vault.setValue('token', 'def'));
    await settled(other, 'change');
    expect(await other.evaluate(read)).toBe('def');
    expect(await other.evaluate(heard)).toEqual(['change']);
    expect(await one.evaluate(heard)).toEqual([]);
  },
);

test('a lock in one tab locks the other, and each tells of it once', async () => {
  await withToken('CustomPasscode');
  await one.evaluate(() => window.vault.lock());
  await settled(other, 'lock: requested');
  for (const tab of [one, other]) {
    expect(await tab.evaluate(isLocked)).toBe(true);
    expect(await tab.evaluate(heard)).toEqual(['lock: requested']);
  }
});

test('a lock in a tab whose vault is locked already locks the other', async () => {
  await withToken('CustomPasscode');
  await one.evaluate(() => window.vault.lock());
  await settled(other, 'lock: requested');
  await other.evaluate(async () => {
    await window.vault.unlock();
    window.heard.length = 0;
  });
  await one.evaluate(async () => {
    window.heard.length = 0;
    await window.vault.lock();
  });
  await settled(other, 'lock: requested');
  expect(await other.evaluate(isLocked)).toBe(true);
  expect(await other.evaluate(heard)).toEqual(['lock: requested']);
  expect(await one.evaluate(heard)).toEqual([]);
});

test('an unlock right after the lock of another tab holds', async () => {
  await withToken('CustomPasscode');
  await one.evaluate(() => window.vault.lock());
  await settled(other, 'lock: requested');
  await other.evaluate(() => window.vault.unlock());
  expect(await other.evaluate(isLocked)).toBe(false);
  expect(await one.evaluate(isLocked)).toBe(true);
  await one.evaluate(() => window.vault.unlock());
  await settled(one, 'unlock');
  expect(await other.evaluate(isLocked)).toBe(false);
});

test('locks of several tabs at the same time come to rest', async () => {
  await withToken('CustomPasscode');
  await Promise.all([one, other].map((tab) => tab.evaluate(() => window.vault.lock())));
  await settled(other, 'lock: requested');
  await settled(one, 'lock: requested');
  for (const tab of [one, other]) {
    expect(await tab.evaluate(heard)).toEqual(['lock: requested']);
  }
});

test('lock in one tab leaves vaults of other names alone', async () => {
  await withToken('CustomPasscode');
  const open = await other.evaluate(async () => {
    const another = new window.keyward.Vault();
    await another.initialize({ key: 'another', type: window.keyward.VaultType.CustomPasscode });
    await another.setCustomPasscode('1111');
    await another.setValue('token', 'xyz');
    Object.assign(window, { another });
    return !(await another.isLocked());
  });
  expect(open).toBe(true);
  await one.evaluate(() => window.vault.lock());
  await settled(other, 'lock: requested');
  const { locked } = await other.evaluate(async () => {
    const { another } = window as unknown as { another: typeof window.vault };
    return { locked: await another.isLocked() };
  });
  expect(locked).toBe(false);
});

test.each(['SecureStorage', 'CustomPasscode'] as const)(
  'logging out of a %s vault in one tab logs out the other',
  async (type) => {
    await withToken(type);
    await one.evaluate(() => window.vault.clear());
    await other.waitForFunction(async () => window.vault.isEmpty());
    expect(await other.evaluate(read)).toBeNull();
    expect(await other.evaluate(() => window.vault.doesVaultExist())).toBe(false);
    // And logging in again works from either.
    await other.evaluate(() => window.vault.setValue('token', 'new'));
    await one.waitForFunction(async () => (await window.vault.getValue('token')) === 'new');
  },
);

test.each([
  ['clear', 'lock: cleared'],
  ['lock', 'lock: requested'],
] as const)(
  '%s of an InMemory vault in one tab takes away what the other has',
  async (call, told) => {
    for (const tab of [one, other]) {
      await tab.evaluate(async () => {
        await window.attach({ type: window.keyward.VaultType.InMemory });
        await window.vault.setValue('token', 'abc');
        window.heard.length = 0;
      });
    }
    await one.evaluate((call) => window.vault[call](), call);
    await settled(other, told);
    expect(await other.evaluate(read)).toBeNull();
    expect(await one.evaluate(read)).toBeNull();
  },
);

test('logging out of a DeviceSecurity vault in one tab logs out the other', async () => {
  for (const tab of [one, other]) {
    await (await Authenticator.of(tab)).meets('recognised');
    await tab.evaluate(() => {
      const { DeviceSecurityType, VaultType } = window.keyward;
      const deviceSecurityType = DeviceSecurityType.Both;
      return window.attach({ type: VaultType.DeviceSecurity, deviceSecurityType });
    });
  }
  // A browser asks the person only for the page that they look at.
  await one.bringToFront();
  await one.evaluate(() => window.vault.setValue('token', 'abc'));
  const exists = () => other.evaluate(() => window.vault.doesVaultExist());
  await expect.poll(exists).toBe(true);
  await one.evaluate(() => window.vault.clear());
  await expect.poll(exists).toBe(false);
  expect(await other.evaluate(read)).toBeNull();
});

test('a change of the configuration in one tab is the configuration of the other', async () => {
  await withToken('SecureStorage');
  await one.evaluate(async () => {
    await window.vault.updateConfig({ ...window.vault.config, lockAfterBackgrounded: 7000 });
  });
  await settled(other, 'configChanged');
  expect(await other.evaluate(() => window.vault.config.lockAfterBackgrounded)).toBe(7000);
  expect((await other.evaluate(heard)).filter((word) => word === 'configChanged')).toHaveLength(1);
});

test.each(['SecureStorage', 'CustomPasscode'] as const)(
  'writes to a %s vault from two tabs at once lose nothing',
  async (type) => {
    await withToken(type);
    const write = (name: string) =>
      Promise.all(
        Array.from({ length: 25 }, (_, number) =>
          window.vault.setValue(`${name}${number}`, number),
        ),
      ).then(() => undefined);
    await Promise.all([one.evaluate(write, 'one'), other.evaluate(write, 'other')]);
    for (const tab of [one, other]) {
      const names = await tab.evaluate(() => window.vault.getKeys());
      expect(names).toHaveLength(51);
    }
  },
);

test('two tabs that make the same vault at once make one', async () => {
  const make = (name: string) =>
    window
      .attach({ type: window.keyward.VaultType.SecureStorage })
      .then(() => window.vault.setValue(name, name));
  await Promise.all([one.evaluate(make, 'one'), other.evaluate(make, 'other')]);
  for (const tab of [one, other]) {
    // Either may still have to hear of what the other has written.
    const keys = () => tab.evaluate(() => window.vault.getKeys());
    await expect.poll(keys, { timeout: 20_000 }).toEqual(['one', 'other']);
  }
});
