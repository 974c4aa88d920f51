import puppeteer, { type Browser } from 'puppeteer-core';

import { needed } from './needed.js';

/** The system's Firefox, without a window. */
export function launchFirefox(): Promise<Browser> {
  return puppeteer.launch({
    browser: 'firefox',
    executablePath: needed('/usr/bin/firefox-esr', 'firefox-esr'),
    headless: true,
  });
}
