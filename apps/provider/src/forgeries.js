// Id tokens that a client must not believe. Those whose claims are wrong have a signature that is
// right: then it is the claim that has to be noticed. And one answer whose id token is good.

import { createHmac, createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';

const HOUR = 3600;

/** What can be wrong, and how it is made: from the header, the claims and the provider's key. */
const FORGERIES = {
  /** Nothing: signed anew, and to be believed. */
  intact: (header, claims, key) => signed(header, claims, key),
  signature: (header, claims, key) => tampered(signed(header, claims, key)),
  'another-claim': (header, claims, key) => {
    const [, , signature] = signed(header, claims, key).split('.');
    return `${encoded(header)}.${encoded({ ...claims, sub: 'mallory' })}.${signature}`;
  },
  'another-key': (header, claims) => signed(header, claims, strangersKey()),
  'unknown-key': (header, claims) => signed({ ...header, kid: 'unknown' }, claims, strangersKey()),
  unsigned: (header, claims) => `${encoded({ ...header, alg: 'none' })}.${encoded(claims)}.`,
  // The public key, which everybody has, as if it were a secret.
  hmac: (header, claims, key) => {
    const text = `${encoded({ ...header, alg: 'HS256' })}.${encoded(claims)}`;
    const secret = createPublicKey(key).export({ type: 'spki', format: 'pem' });
    return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
  },
  issuer: (header, claims, key) => signed(header, { ...claims, iss: 'https://evil.example' }, key),
  audience: (header, claims, key) => signed(header, { ...claims, aud: 'another-app' }, key),
  nonce: (header, claims, key) => signed(header, { ...claims, nonce: 'another' }, key),
  expired: (header, claims, key) => {
    const iat = claims.iat - 2 * HOUR;
    return signed(header, { ...claims, iat, exp: iat + HOUR }, key);
  },
  missing: () => undefined,
  'token-type': (header, claims, key) => signed(header, claims, key),
};

export const FORGERY_NAMES = Object.keys(FORGERIES);

/**
 * @param {Record<string, unknown>} answer of the token endpoint
 * @param {object} jwk the provider's private key
 * @returns the answer with another id token, or none; or with tokens that take more than a header
 */
export function forged(answer, what, jwk) {
  const [header, claims] = answer.id_token
    .split('.', 2)
    .map((part) => JSON.parse(Buffer.from(part, 'base64url')));
  const key = createPrivateKey({ key: jwk, format: 'jwk' });
  const token_type = what === 'token-type' ? 'DPoP' : answer.token_type;
  return { ...answer, token_type, id_token: FORGERIES[what](header, claims, key) };
}

const encoded = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

function signed(header, claims, key) {
  const text = `${encoded(header)}.${encoded(claims)}`;
  return `${text}.${sign('sha256', Buffer.from(text), key).toString('base64url')}`;
}

/** One bit of the signature is another. */
function tampered(token) {
  const [header, claims, signature] = token.split('.');
  const bytes = Buffer.from(signature, 'base64url');
  bytes[bytes.length >> 1] ^= 1;
  return [header, claims, bytes.toString('base64url')].join('.');
}

const strangersKey = () => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
