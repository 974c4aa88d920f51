// Pages with a content security policy.

import type { Browser, BrowserContext } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';

import { openApp, serveApp } from './app.js';
import { launch } from './chromium.js';
import type { Server } from './server.js';

/** The strictest policy with which everything works; docs/ tells it to the apps. */
const STRICT = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  'worker-src blob:',
  "require-trusted-types-for 'script'",
];

let browser: Browser;
let context: BrowserContext;
let server: Server;

beforeAll(async () => {
  browser = await launch();
});

afterAll(() => browser.close());

beforeEach(async () => {
  context = await browser.newContext();
  await context.addInitScript(countWorkers);
});

afterEach(async () => {
  await context.close();
  await server.close();
});

declare global {
  interface Window {
    /** How many workers have answered. */
    workers: number;
    /** Every breach of the policy: the directive and a sample of what breached it. */
    breaches: string[];
  }
}

function countWorkers() {
  window.workers = 0;
  window.breaches = [];
  document.addEventListener('securitypolicyviolation', (event) => {
    window.breaches.push(`${event.effectiveDirective}: ${event.sample}`);
  });
  const worker = window.Worker;
  window.Worker = class extends worker {
    constructor(...parameters: ConstructorParameters<typeof worker>) {
      super(...parameters);
      this.addEventListener('message', () => window.workers++);
    }
  };
}

async function openWith(...policy: string[]) {
  server = await serveApp(policy.join('; '));
  const warnings: string[] = [];
  context.on('console', (message) => {
    if (message.type() === 'warning') {
      warnings.push(message.text());
    }
  });
  const tab = await openApp(context, server);
  return { tab, warnings };
}

/** Everything that takes a hash, twice, and the kinds of storage that take none. */
async function useAll() {
  const { BrowserVault, DeviceSecurityType, VaultType } = window.keyward;
  await window.attach({ type: VaultType.CustomPasscode });
  const { vault } = window;
  window.answer('2580');
  await vault.setValue('token', 'abc');
  await vault.lock();
  const values = [await vault.getValue('token')];
  await vault.updateConfig({
    ...vault.config,
    type: VaultType.SecureStorage,
    deviceSecurityType: DeviceSecurityType.None,
  });
  values.push(await vault.getValue('token'));
  const inTab = new BrowserVault();
  await inTab.initialize({ key: 'tab', type: VaultType.SecureStorage });
  await inTab.setValue('token', 'def');
  values.push(await inTab.getValue('token'));
  return { values, workers: window.workers, breaches: window.breaches };
}

const VALUES = ['abc', 'abc', 'def'];

test('under the strictest policy everything works, and passcodes are hashed in a worker', async () => {
  const { tab, warnings } = await openWith(...STRICT);
  const { values, workers, breaches } = await tab.evaluate(useAll);
  expect({ values, breaches }).toEqual({ values: VALUES, breaches: [] });
  expect(workers).toBeGreaterThanOrEqual(2);
  expect(warnings).toEqual([]);
});

test('without a worker everything works all the same, and the app is told once', async () => {
  const policy = STRICT.filter((directive) => !directive.startsWith('worker-src'));
  const { tab, warnings } = await openWith(...policy);
  const { values, workers } = await tab.evaluate(useAll);
  expect(values).toEqual(VALUES);
  expect(workers).toBe(0);
  expect(warnings.filter((text) => text.startsWith('Keyward'))).toEqual([
    expect.stringMatching(/page's own thread.*worker-src blob:/s),
  ]);
});

test('a page that restricts the names of trusted types allows one to have the worker', async () => {
  const { tab, warnings } = await openWith(...STRICT, 'trusted-types keyward');
  const { values, workers, breaches } = await tab.evaluate(useAll);
  expect({ values, breaches }).toEqual({ values: VALUES, breaches: [] });
  expect(workers).toBeGreaterThanOrEqual(2);
  expect(warnings).toEqual([]);
});

test('without WebAssembly the error is typed and names what the policy lacks', async () => {
  const { tab } = await openWith("default-src 'none'", "script-src 'self'", 'worker-src blob:');
  const seen = await tab.evaluate(async () => {
    const { Device, Vault, VaultType } = window.keyward;
    const told: unknown[] = [];
    const vault = new Vault();
    vault.onError(({ code }) => told.push(code));
    const error = await vault
      .initialize({ key: 'session', type: VaultType.SecureStorage })
      .catch((error: Error & { code: number }) => error);
    return {
      code: error?.code,
      message: error?.message,
      isError: error instanceof Error,
      told,
      biometrics: await Device.isBiometricsEnabled(),
    };
  });
  expect(seen).toMatchObject({ code: 2, isError: true, told: [2], biometrics: false });
  expect(seen.message).toContain("'wasm-unsafe-eval'");
});
