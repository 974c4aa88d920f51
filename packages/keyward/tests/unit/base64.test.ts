import { expect, test } from 'vitest';

import { fromBase64, toBase64 } from '../../src/base64.js';

test.each([0, 1, 2, 3, 255, 3 * 8192 - 1, 3 * 8192, 3 * 8192 + 1, 1 << 20])(
  '%i bytes are written as Node writes them, and come back',
  (length) => {
    const bytes = Uint8Array.from({ length }, (_, place) => (place * 31) % 256);
    const text = toBase64(bytes);
    expect(text).toBe(Buffer.from(bytes).toString('base64'));
    expect(Buffer.compare(fromBase64(text), bytes)).toBe(0);
  },
);
