// An app with a session, in Chromium, against the provider.

import type { BrowserContext, Page } from 'playwright-core';

import { bundle } from '../bundle.js';
import { serve, type Server } from '../server.js';
import type { Provider } from './provider.js';

const HTML = '<!doctype html><title>app</title><script type="module" src="/app.js"></script>';

export async function serveApp(): Promise<Server> {
  const page = { type: 'text/html', text: HTML } as const;
  return serve({
    '/': page,
    '/signed-in': page,
    '/app.js': { type: 'text/javascript', text: await bundle('in-page.ts', import.meta.url) },
  });
}

/** How the app describes the provider. */
export function describe({ ready }: Provider, { origin }: Server) {
  return {
    issuer: ready.issuer,
    clientId: ready.clients.app,
    redirectUri: `${origin}/signed-in`,
    postLogoutRedirectUri: `${origin}/`,
  };
}

export async function loaded(tab: Page): Promise<void> {
  await tab.waitForFunction(() => 'attach' in window);
}

/** Attaches the session in a tab that is there. */
export async function attach(
  tab: Page,
  provider: Provider,
  server: Server,
  more = {},
): Promise<void> {
  await loaded(tab);
  await tab.evaluate(([server, more]) => window.attach(server, more), [
    describe(provider, server),
    { origins: [provider.ready.issuer], ...more },
  ] as const);
}

export async function open(
  context: BrowserContext,
  provider: Provider,
  server: Server,
  more = {},
): Promise<Page> {
  const tab = await context.newPage();
  await tab.goto(server.origin);
  await attach(tab, provider, server, more);
  return tab;
}

/** Fills in the provider's page, in a window that shows it. */
export async function logIn(page: Page, { ready }: Provider): Promise<void> {
  await page.getByLabel('Name').fill(ready.user.login);
  await page.getByLabel('Password').fill(ready.user.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** Signs in by redirect; answers the app's state. */
export async function signIn(tab: Page, provider: Provider, server: Server, more = {}) {
  await tab.evaluate(() => void window.session.signInWithRedirect({ page: 'orders' }));
  await tab.waitForURL(`${provider.ready.issuer}/**`);
  await logIn(tab, provider);
  await tab.waitForURL(`${server.origin}/signed-in?**`);
  await attach(tab, provider, server, more);
  return tab.evaluate(() => window.session.completeSignIn());
}

/** The tokens that the vault keeps. */
export function kept(tab: Page): Promise<{ access: string; refresh: string; id: string }> {
  return tab.evaluate(async () => (await window.vault.getValue('session')).tokens);
}
