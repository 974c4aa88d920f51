// In Node there is nothing to store in: told by an error, when it is used.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

const BUILT = new URL('../../../../target/web/tests/', import.meta.url);

test('without a browser everything answers with an error, and Node ends', async () => {
  const { default: init, ...tests } = await import(new URL('tests.js', BUILT));
  await init({ module_or_path: await readFile(new URL('tests_bg.wasm', BUILT)) });
  const cell = new tests.TestCell('node', 'vault');
  assert.match(await cell.text(), /^Denied/);
  assert.match(await cell.put(new Uint8Array(1)), /^Denied/);
  assert.match(await tests.session_storage_put(1), /^Denied/);
  cell.listen();

  const [key] = await tests.TestProtector.web_crypto('node', 1).enroll();
  assert.match(key, /^Unavailable/);
  const [passkey] = await tests.TestProtector.passkey('node', 1, 1_000).enroll();
  assert.match(passkey, /^Unsupported/);
});
