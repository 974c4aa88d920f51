import type { Browser } from 'puppeteer-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { App, launch } from './support/app';

let browser: Browser;
let app: App;

beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

beforeEach(async () => {
  app = await App.open(browser);
});
afterEach(async () => {
  await app.close();
  expect(app.complaints).toEqual([]);
});

test('a session is stored, survives a reload, is shown, and cleared', async () => {
  await app.shows('There is nothing to keep yet');
  await app.fill('Name', 'Grace Hopper');
  await app.storeAda();
  await app.reload();
  expect(await app.text()).not.toContain('Grace Hopper');

  await app.click('Show');
  await app.shows('Grace Hopper');
  await app.shows('Token');

  await app.click('Clear');
  await app.shows('Cleared');
  expect(await app.text()).not.toContain('Grace Hopper');
  await app.click('Show');
  await app.shows('There is no session in the vault.');
});

test('secure storage opens without asking, and has no lock', async () => {
  await app.storeAda();
  expect(await app.page.$eval('.lock ion-button', (button) => button.disabled)).toBe(true);
  await app.reload();
  await app.click('Show');
  await app.shows('ada@example.org');
});

test('a passcode is set, locks, refuses a wrong one, and opens', async () => {
  await app.storeAda();
  await app.click('Show');
  await app.shows('Token');
  await app.protectByPasscode('2580');

  await app.lock();
  expect(await app.text()).not.toContain('Token');

  await app.click('Unlock');
  await app.shows('Enter your passcode');
  await app.typePasscode('1111');
  await app.shows('That is not the passcode. 4 tries are left.');

  await app.click('Unlock');
  await app.shows('Enter your passcode');
  await app.typePasscode('2580');
  await app.shows('Unlocked.');
  await app.click('Show');
  await app.shows('Token');
});

test('a passcode vault is locked after a reload, and a read asks', async () => {
  await app.storeAda();
  await app.protectByPasscode('2580');
  await app.reload();
  await app.shows('Only the passcode opens it.');
  await app.click('Show');
  await app.typePasscode('2580');
  await app.shows('Token');
});

test('the passcode dialog: keys on the screen, a slip, a short one, dismissal', async () => {
  await app.storeAda();
  await app.protectBy('CustomPasscode');
  await app.shows('Choose a passcode');
  await app.typePasscode('12');
  await app.shows('A passcode has at least 4 digits.');
  for (const digit of ['3', '4']) await app.click(digit);
  await app.click('Next');
  await app.shows('Once more');
  await app.typePasscode('9999');
  await app.shows('The two were not the same. Choose again.');

  await app.page.keyboard.press('Escape');
  await app.shows('Dismissed. The vault is as it was.');
  expect(await app.page.$eval('input[value="SecureStorage"]', (input) => input.checked)).toBe(true);
});

test('a passkey protects, locks and opens', async () => {
  await app.addAuthenticator();
  await app.reload();
  await app.storeAda();
  await app.protectBy('Biometrics');
  await app.shows('Protected by Biometrics now.');
  await app.lock();
  await app.click('Unlock');
  await app.shows('Unlocked.');
  await app.lock();
  await app.reload();
  await app.shows('Only you open it');
  await app.click('Show');
  await app.shows('ada@example.org');
});

test('without a screen lock or passkey, biometrics cannot be chosen', async () => {
  await app.shows('No screen lock or passkey here.');
  const disabled = await app.page.$eval('input[value="Biometrics"]', (input) => input.disabled);
  expect(disabled).toBe(true);
});

test('after two seconds away the vault is locked, and the view is empty', async () => {
  await app.storeAda();
  await app.protectByPasscode('2580');
  await app.click('Show');
  await app.shows('Token');

  await app.away(300);
  await app.shows('Token');

  await app.away(2_400);
  await app.shows('It locked itself while you were away.');
  expect(await app.text()).not.toContain('Token');
});

test('in memory, a lock ends the session, and nothing is left after a reload', async () => {
  await app.protectBy('InMemory');
  await app.shows('Protected by In Memory now.');
  await app.storeAda();
  await app.click('Show');
  await app.shows('Token');
  await app.lock();
  await app.click('Show');
  await app.shows('There is no session in the vault.');

  await app.storeAda();
  await app.reload();
  await app.click('Show');
  await app.shows('There is no session in the vault.');
});

test('after five wrong passcodes the next has to wait', async () => {
  await app.storeAda();
  await app.protectByPasscode('2580');
  await app.lock();
  for (const left of ['4 tries are left.', '3 tries', '2 tries', 'One try is left', 'has to wait']) {
    await app.click('Unlock');
    await app.typePasscode('1111');
    await app.shows(left);
  }
  await app.click('Unlock');
  await app.shows('Too many wrong passcodes. Nothing is lost. Try again in');
});

test('a refused passkey is told in words, and changes nothing', async () => {
  const answers = await app.addAuthenticator();
  await app.reload();
  await app.storeAda();
  await app.protectBy('Biometrics');
  await app.shows('Protected by Biometrics now.');
  await app.lock();
  await answers('no');
  await app.click('Unlock');
  await app.shows('The vault is as it was.');
  await app.shows('Only you open it');
});

test('a full quota is told in words, and what was stored is intact', async () => {
  await app.close();
  // A browser remembers for a while how much there is, so that the limit must come first.
  app = await App.open(browser, 'vault', 100_000);
  await app.storeAda();
  await app.fill('Name', 'Someone else, of a very long name. '.repeat(10_000));
  await app.click('Store');
  await app.shows('No space is left for this page. What was stored before is intact.');
  await app.click('Show');
  await app.shows('ada@example.org');
});

test('a lost key is told in words, and the vault can be cleared', async () => {
  await app.storeAda();
  await app.page.evaluate(async () => {
    const [{ name }] = (await indexedDB.databases()) as [{ name: string }];
    const database = await new Promise<IDBDatabase>((resolve, reject) => {
      const request = indexedDB.open(name);
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
    const stores = [...database.objectStoreNames];
    const keys = stores.find((store) => store.includes('key'));
    if (keys === undefined) throw new Error(`no store of keys among ${stores.join()}`);
    await new Promise((resolve) => {
      const transaction = database.transaction(keys, 'readwrite');
      transaction.objectStore(keys).clear();
      transaction.oncomplete = resolve;
    });
    database.close();
  });
  await app.reload();
  await app.click('Show');
  await app.shows('The key to this vault is gone.');
  await app.click('Clear');
  await app.shows('Cleared');
  await app.storeAda();
});

test('where nothing can be stored, the page says so', async () => {
  await app.page.evaluateOnNewDocument(() => {
    Object.defineProperty(globalThis, 'indexedDB', { get: () => undefined });
  });
  await app.reload();
  await app.shows('cannot be reached now. Nothing is lost.');
});

test('clearing in one tab reaches the other', async () => {
  await app.storeAda();
  const other = await app.context.newPage();
  await other.goto(app.page.url());
  await other.locator('::-p-aria([name="Clear"][role="button"])').click();
  await other.waitForFunction(() => document.body.innerText.includes('Cleared'));
  await app.page.bringToFront();
  await app.shows('There is nothing to keep yet');
});
