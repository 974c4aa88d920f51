import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type Browser, type BrowserContext, chromium, type LaunchOptions } from 'playwright-core';

import { needed } from './needed.js';

/** Without a window, talking to nobody but the tests. */
export const OPTIONS = {
  executablePath: needed('/usr/bin/chromium', 'chromium'),
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
};

/** The system's Chromium. */
export function launch(more: LaunchOptions = {}): Promise<Browser> {
  return chromium.launch({ ...OPTIONS, ...more });
}

/** A person's browser: what it stores outlives it. */
export class Profile {
  readonly folder = mkdtempSync(join(tmpdir(), 'keyward-profile-'));

  start(): Promise<BrowserContext> {
    return chromium.launchPersistentContext(this.folder, OPTIONS);
  }

  remove() {
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
