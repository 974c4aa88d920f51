// What happens to a vault's bytes when browsers do what they seldom do.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';

import { launch } from './chromium.mjs';

const VAULTS = new URL('../../../../testdata/vaults/v1/', import.meta.url);

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

/** A page whose `cell` is the vault's in a database. */
async function withCell(database, path = '/', where = browser) {
  const page = await where.page(path);
  await page.run((database) => {
    globalThis.cell = new tests.TestCell(database, 'vault');
    globalThis.put = (text) => cell.put(new TextEncoder().encode(text));
  }, database);
  return page;
}

test('two pages that count up at once lose nothing', async () => {
  const pages = await Promise.all([withCell('race'), withCell('race')]);
  await Promise.all(pages.map((page) => page.run(() => cell.count_up(200))));
  for (const page of pages) {
    assert.equal(await page.run(() => cell.text()), '400');
    await page.close();
  }
});

test('whoever hears of a write reads it, though it is told before it is durable', async () => {
  const [page, other] = await Promise.all([withCell('told'), withCell('told')]);
  await other.run(() => {
    // What was read after each word of a write, in their order.
    globalThis.read = [];
    const channel = new BroadcastChannel('told/vault');
    channel.onmessage = () => read.push(cell.text());
  });
  await page.run(async () => {
    for (let turn = 1; turn <= 50; turn += 1) await put(String(turn));
  });
  const read = await other.run(async () => {
    while (read.length < 50) await new Promise((resolve) => setTimeout(resolve, 10));
    return (await Promise.all(read)).map(Number);
  });
  // What is read is the write of which it was told, or a later one.
  read.forEach((number, at) => assert.ok(number > at, `after write ${at + 1}, read ${number}`));
  await Promise.all([page.close(), other.close()]);
});

test('what is written is there after a restart of the browser', async () => {
  let page = await withCell('restart');
  assert.equal(await page.run(() => put('written')), 'done');
  await browser.restart();
  page = await withCell('restart');
  assert.equal(await page.run(() => cell.text()), 'written');
  await page.close();
});

test('a database that another page deletes is empty, not in its way', async () => {
  const [page, other] = await Promise.all([withCell('deleted'), browser.page()]);
  assert.equal(await page.run(() => put('before')), 'done');
  await other.run(
    () =>
      new Promise((resolve, reject) => {
        const request = indexedDB.deleteDatabase('deleted');
        request.onsuccess = resolve;
        request.onerror = request.onblocked = () => reject(new Error('it is in the way'));
      }),
  );
  assert.equal(await page.run(() => cell.text()), 'nothing');
  assert.equal(await page.run(() => put('after')), 'done');
  assert.equal(await page.run(() => cell.text()), 'after');
  await Promise.all([page.close(), other.close()]);
});

test('a database that the browser clears away is made anew', async () => {
  const page = await withCell('cleared');
  assert.equal(await page.run(() => put('before')), 'done');
  const cdp = await browser.cdp(page.page);
  await cdp.send('Storage.clearDataForOrigin', {
    origin: browser.origin,
    storageTypes: 'indexeddb',
  });
  assert.equal(await page.run(() => cell.text()), 'nothing');
  assert.equal(await page.run(() => put('after')), 'done');
  assert.equal(await page.run(() => cell.text()), 'after');
  await page.close();
});

test('a database that a newer Keyward has made is left alone', async () => {
  const [page, newer] = await Promise.all([withCell('newer'), browser.page()]);
  assert.equal(await page.run(() => put('before')), 'done');
  const upgrade = () =>
    new Promise((resolve, reject) => {
      const request = indexedDB.open('newer', 3);
      request.onsuccess = () => {
        const { version } = request.result;
        request.result.close();
        resolve(version);
      };
      request.onerror = request.onblocked = () => reject(new Error('it is in the way'));
    });
  await newer.run(upgrade);
  assert.equal(await page.run(() => cell.text()), 'TooNew');
  assert.equal(await page.run(() => put('after')), 'TooNew');
  assert.equal(await newer.run(upgrade), 3);
  await Promise.all([page.close(), newer.close()]);
});

test('a database of the first layout is brought over, and its cells stay what they are', async () => {
  const old = await browser.page();
  await old.run(
    () =>
      new Promise((resolve, reject) => {
        const request = indexedDB.open('first layout', 1);
        request.onupgradeneeded = () => {
          const bytes = (text) => new TextEncoder().encode(text);
          const cells = request.result.createObjectStore('cells');
          cells.put(bytes('a vault'), ['vault', 0, 7]);
          cells.put(bytes('its attempts'), ['vault', 1, 8]);
          cells.put(bytes('another'), ['other', 0, 9]);
          request.result.createObjectStore('keys').put('a key', ['', 'web-crypto', 1]);
        };
        request.onsuccess = () => {
          // As a page with the older Keyward does: it gives way.
          request.result.onversionchange = () => request.result.close();
          resolve();
        };
        request.onerror = () => reject(request.error);
      }),
  );
  const page = await withCell('first layout');
  assert.equal(await page.run(() => cell.text()), 'a vault');
  assert.equal(await page.run(() => put('changed')), 'done');
  assert.equal(await page.run(() => cell.text()), 'changed');
  const found = await page.run(
    () =>
      new Promise((resolve) => {
        indexedDB.open('first layout').onsuccess = ({ target: { result } }) => {
          const transaction = result.transaction(['cells', 'keys']);
          const cells = transaction.objectStore('cells');
          const asked = [
            cells.getAllKeys(),
            cells.get(['vault', 1]),
            cells.get(['other', 0]),
            transaction.objectStore('keys').get(['', 'web-crypto', 1]),
          ];
          transaction.oncomplete = () => {
            result.close();
            const plain = (value) =>
              value.bytes ? [value.revision, new TextDecoder().decode(value.bytes)] : value;
            resolve(asked.map((request) => plain(request.result)));
          };
        };
      }),
  );
  assert.deepEqual(found, [
    [['other', 0], ['vault', 0], ['vault', 1]],
    [8, 'its attempts'],
    [9, 'another'],
    'a key',
  ]);
  await Promise.all([page.close(), old.close()]);
});

test('a database that another page blocks is busy, and usable again afterwards', async () => {
  const blocking = await browser.page();
  // It holds its connection, whoever asks for it: the deletion waits, and all others behind it.
  await blocking.run(
    () =>
      new Promise((resolve) => {
        const request = indexedDB.open('blocked', 1);
        request.onupgradeneeded = () => request.result.createObjectStore('other');
        request.onsuccess = () => {
          globalThis.connection = request.result;
          indexedDB.deleteDatabase('blocked').onblocked = resolve;
        };
      }),
  );
  const page = await withCell('blocked');
  assert.equal(await page.run(() => put('too early')), 'Busy');
  await blocking.run(() => connection.close());
  assert.equal(await page.run(() => cell.text()), 'nothing');
  assert.equal(await page.run(() => put('after')), 'done');
  await Promise.all([page.close(), blocking.close()]);
});

test('a page that dies while it writes leaves one content, whole', async () => {
  for (let round = 0; round < 5; round += 1) {
    const page = await withCell('crash');
    const cdp = await browser.cdp(page.page);
    // What is written once is there from then on, however slow the machine is.
    await page.run(() => cell.put(new Uint8Array(200_000).fill(97)));
    // Each letter has a length of its own.
    const writing = page.run(async () => {
      for (let at = 0; ; at = (at + 1) % 26) {
        await cell.put(new Uint8Array(200_000 + 10_000 * at).fill(97 + at));
      }
    });
    writing.catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 200 + 37 * round));
    cdp.send('Page.crash').catch(() => {});
    await new Promise((resolve) => page.page.once('crash', resolve));

    const next = await withCell('crash');
    const text = await next.run(() => cell.text());
    const at = text.charCodeAt(0) - 97;
    assert.ok(text === text[0].repeat(200_000 + 10_000 * at), `${text.length} bytes of ${text[0]}`);
    await next.close();
  }
});

test('where a page may not store, that is the error', async () => {
  const page = await withCell('sandboxed', '/sandboxed');
  assert.match(await page.run(() => cell.text()), /^Denied/);
  assert.match(await page.run(() => put('it')), /^Denied/);
  assert.match(await page.run(() => tests.session_storage_put(8)), /^Denied/);
  await page.close();
});

test('a sessionStorage that is full keeps what it has', async () => {
  const page = await browser.page();
  assert.equal(await page.run(() => tests.session_storage_put(1 << 20)), 'done');
  const kept = () => sessionStorage.getItem('keyward-tab/full').length;
  const before = await page.run(kept);
  assert.equal(await page.run(() => tests.session_storage_put(20 << 20)), 'Full');
  assert.equal(await page.run(kept), before);
  await page.close();
});

test('a full quota is told, and the earlier content stays', async () => {
  const browser = await launch();
  const page = await withCell('quota', '/', browser);
  const cdp = await browser.cdp(page.page);
  // Before the first write: Chromium looks at the quota now and then.
  await cdp.send('Storage.overrideQuotaForOrigin', {
    origin: browser.origin,
    quotaSize: 1_000_000,
  });
  assert.equal(await page.run(() => put('before')), 'done');
  const large = () => {
    // Chromium would make little of zeros.
    const bytes = new Uint8Array(4 << 20);
    for (let at = 0; at < bytes.length; at += 65_536)
      crypto.getRandomValues(bytes.subarray(at, at + 65_536));
    return cell.put(bytes);
  };
  assert.equal(await page.run(large), 'Full');
  assert.equal(await page.run(() => cell.text()), 'before');
  await cdp.send('Storage.overrideQuotaForOrigin', { origin: browser.origin });
  assert.equal(await page.run(large), 'done');
  await browser.close();
});

test('the browser is asked once not to evict, when there is something to lose', async () => {
  const page = await withCell('persistent');
  await page.run(() => {
    const persist = navigator.storage.persist.bind(navigator.storage);
    globalThis.asked = 0;
    navigator.storage.persist = () => {
      asked += 1;
      return persist();
    };
  });
  const asked = [];
  for (const name of ['blank', 'device-store', 'device-store']) {
    const vault = await readFile(new URL(`${name}.keyward`, VAULTS));
    await page.run((bytes) => cell.put(new Uint8Array(bytes)), [...vault]);
    asked.push(await page.run(() => globalThis.asked));
  }
  assert.deepEqual(asked, [0, 1, 1]);
  await page.close();
});
