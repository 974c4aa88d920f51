// Who can sign in: one person, whom every page here names.

import { timingSafeEqual, createHash } from 'node:crypto';

export const USER = {
  sub: 'ada',
  name: 'Ada Lovelace',
  email: 'ada@example.org',
  password: 'notes-on-the-engine',
};

const hash = (text) => createHash('sha256').update(text).digest();

/** @returns whether these are the user's name (or e-mail) and password. */
export function isUser(login, password) {
  const known = login === USER.sub || login === USER.email;
  return timingSafeEqual(hash(String(password)), hash(USER.password)) && known;
}
