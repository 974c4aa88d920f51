import { expect, test } from 'vitest';

import { fromAscii, toAscii } from '../../src/ascii.js';

const everyByte = Uint8Array.from({ length: 1024 }, (_, place) => (place * 7) % 256);

test('bytes come back', () => {
  expect(fromAscii(toAscii(everyByte))).toEqual(everyByte);
  expect(fromAscii(toAscii(new Uint8Array()))).toEqual(new Uint8Array());
});

test('the text needs no escapes, whatever it is quoted with', () => {
  expect(toAscii(everyByte)).toMatch(/^[ -~]*$/);
  expect(toAscii(everyByte)).not.toMatch(/["'`\\$<]/);
});
