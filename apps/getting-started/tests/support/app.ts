import puppeteer, { type Browser, type BrowserContext, type Page } from 'puppeteer-core';
import { inject } from 'vitest';

export const THEMES = ['light', 'dark'] as const;

export const SIZES = {
  phone: { width: 390, height: 844, deviceScaleFactor: 2 },
  desktop: { width: 1280, height: 868 },
} as const;

export type Tab = 'vault' | 'sign-in' | 'device' | 'inspector';

export const launch = (): Promise<Browser> =>
  puppeteer.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'],
  });

/** The app in a browser profile of its own, used by what a screen reader finds on the page. */
export class App {
  /** What the page broke of its policy, or threw, or wrote as an error. */
  readonly complaints: string[] = [];

  private constructor(
    readonly context: BrowserContext,
    readonly page: Page,
    readonly site: string,
  ) {
    page.setDefaultTimeout(10_000);
    page.on('pageerror', (error) => this.complaints.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(message.text());
    });
  }

  /** `quota`: how many bytes the browser lets the app store. `site`: where another one is served. */
  static async open(
    browser: Browser,
    tab: Tab = 'vault',
    quota?: number,
    site: string = inject('site'),
  ): Promise<App> {
    const context = await browser.createBrowserContext();
    const app = new App(context, await context.newPage(), site);
    // What moves cannot be clicked, nor its contrast measured.
    await app.prefer('light');
    if (quota !== undefined) {
      const session = await app.page.createCDPSession();
      const { origin } = new URL(site);
      await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: quota });
    }
    await app.go(tab);
    return app;
  }

  async prefer(theme: (typeof THEMES)[number]): Promise<void> {
    await this.page.emulateMediaFeatures([
      { name: 'prefers-color-scheme', value: theme },
      { name: 'prefers-reduced-motion', value: 'reduce' },
    ]);
  }

  async go(tab: Tab): Promise<void> {
    await this.page.goto(this.site + tab);
    await this.page.waitForSelector('.page .card');
  }

  async reload(): Promise<void> {
    await this.page.reload();
    await this.page.waitForSelector('.page .card');
  }

  async click(name: string, role = 'button'): Promise<void> {
    await this.page.locator(`::-p-aria([name="${name}"][role="${role}"])`).click();
  }

  async tab(name: string): Promise<void> {
    await this.click(name, 'tab');
    await this.page.waitForSelector(`::-p-aria([name="${name}"][role="heading"])`);
  }

  async fill(name: string, text: string): Promise<void> {
    await this.page.locator(`::-p-aria([name="${name}"][role="textbox"])`).fill(text);
  }

  /** Waits until the page shows `text`, for as many milliseconds as `timeout` or as for all else. */
  async shows(text: string, timeout = this.page.getDefaultTimeout()): Promise<void> {
    await this.page
      .waitForFunction((wanted) => document.body.innerText.includes(wanted), { timeout }, text)
      .catch(async (cause: unknown) => {
        throw new Error(`"${text}" is not on the page:\n${await this.text()}`, { cause });
      });
  }

  text(): Promise<string> {
    return this.page.evaluate(() => document.body.innerText);
  }

  async storeAda(): Promise<void> {
    await this.click('Store');
    await this.shows('Stored: sealed, and written.');
  }

  /** Types into the dialog, as with a keyboard. */
  async typePasscode(passcode: string): Promise<void> {
    await this.page.waitForSelector('dialog input:focus');
    await this.page.keyboard.type(passcode);
    await this.page.keyboard.press('Enter');
  }

  dialogGone(): Promise<unknown> {
    return this.page.waitForFunction(() => document.querySelector('dialog[open]') === null);
  }

  async protectByPasscode(passcode: string): Promise<void> {
    await this.protectBy('CustomPasscode');
    await this.shows('Choose a passcode');
    await this.typePasscode(passcode);
    await this.shows('Once more');
    await this.typePasscode(passcode);
    await this.dialogGone();
    await this.shows('Protected by Passcode now.');
  }

  async protectBy(value: string): Promise<void> {
    await this.page.locator(`label:has(input[value="${value}"])`).click();
  }

  async lock(): Promise<void> {
    await this.click('Lock');
    await this.shows('Locked. Key and session are wiped from memory.');
  }

  /** Really away: another tab is in front, and the browser says that this one is hidden. */
  async away(milliseconds: number): Promise<void> {
    const other = await this.context.newPage();
    await other.bringToFront();
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
    await this.page.bringToFront();
    await other.close();
  }

  /** The lit state of the Inspector's picture. */
  async lit(place: string): Promise<void> {
    await this.page.waitForSelector(`[data-place="${place}"][data-present="true"]`);
  }

  /** A device with a screen lock, whose user agrees to everything until told otherwise. */
  async addAuthenticator(): Promise<(answer: 'yes' | 'no') => Promise<void>> {
    const session = await this.page.createCDPSession();
    await session.send('WebAuthn.enable');
    const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        ctap2Version: 'ctap2_1',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        hasPrf: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    });
    this.deletePasskeys = () => session.send('WebAuthn.clearCredentials', { authenticatorId });
    return (answer) =>
      session.send('WebAuthn.setUserVerified', {
        authenticatorId,
        isUserVerified: answer === 'yes',
      });
  }

  /** What the person does in the settings of the device. */
  deletePasskeys: () => Promise<void> = () => Promise.reject(new Error('there is no device'));

  /** Makes a recovery code, and writes it down. */
  async makeRecoveryCode(): Promise<string> {
    await this.click('Make a recovery code');
    await this.page.waitForSelector('dialog[open] ol li');
    return this.page.$$eval('dialog[open] ol li [aria-hidden]', (groups) =>
      groups.map((group) => group.textContent).join('-'),
    );
  }

  async putCodeAway(): Promise<void> {
    await this.click('I have it in a safe place', 'checkbox');
    await this.click('Done');
    await this.dialogGone();
  }

  close(): Promise<void> {
    return this.context.close();
  }
}
