import { expect, test } from 'vitest';

import { reason } from '../../src/session/errors.js';

test('of what a server says of a refusal, its code is kept and nothing else', () => {
  const thrown = (error: unknown) => Object.assign(new Error('refused'), { error });
  expect(reason(thrown('access_denied'))).toMatchObject({ error: 'access_denied' });
  const secret = 'eyJhbGciOiJFUzI1NiJ9.e30.c2ln';
  for (const error of [secret, `access_denied ${secret}`, 'a'.repeat(65), '', 7, { secret }]) {
    const told = reason({ ...thrown(error), message: 'refused', answer: secret });
    expect(Object.keys(told)).toEqual(['name']);
    expect(told.message).toBe('refused');
  }
});
