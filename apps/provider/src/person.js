// A person with a browser, for tests of programs: opens an address, signs in as the user, agrees to
// what is asked, and follows where it leads.
//
//   node src/person.js URL     prints where the way ended; BROWSER="node …/person.js" works too

import { USER } from './users.js';

/** Reads what is in a page's first form that asks for something, as a person would answer it. */
function fill(text, at) {
  const form = /<form[^>]*>([\s\S]*?)<\/form>/.exec(text);
  if (!form) return undefined;
  const attribute = (tag, name) => new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1];
  const fields = new URLSearchParams();
  for (const [input] of form[1].matchAll(/<input[^>]*>/g)) {
    const name = attribute(input, 'name');
    if (name) fields.set(name, { login: USER.sub, password: USER.password }[name] ?? attribute(input, 'value') ?? '');
  }
  if (/name="logout"/.test(text)) fields.set('logout', 'yes');
  return { url: new URL(attribute(form[0], 'action') ?? at, at), fields };
}

/** @returns the address of the last page, and its text. */
export async function visit(address) {
  const first = new URL(address);
  const cookies = new Map();
  let request = { url: first, method: 'GET', body: undefined };
  for (let step = 0; step < 20; step++) {
    const { url, method, body } = request;
    const sent = [...cookies.values()].filter(
      ({ path }) => url.origin === first.origin && url.pathname.startsWith(path),
    );
    const headers = sent.length > 0 ? { cookie: sent.map(({ pair }) => pair).join('; ') } : {};
    const response = await fetch(url, { method, body, headers, redirect: 'manual' });
    for (const line of response.headers.getSetCookie()) {
      const [, pair, name, value] = /^(([^=]+)=([^;]*))/.exec(line);
      const path = /; *path=([^;]*)/i.exec(line)?.[1] ?? '/';
      if (value) cookies.set(`${path} ${name}`, { path, pair });
      else cookies.delete(`${path} ${name}`);
    }
    const text = await response.text();
    const location = response.headers.get('location');
    const next = location === null && response.ok && url.origin === first.origin ? fill(text, url) : undefined;
    if (location !== null) request = { url: new URL(location, url), method: 'GET', body: undefined };
    else if (next) request = { url: next.url, method: 'POST', body: next.fields };
    else return { url: url.href, status: response.status, text };
  }
  throw new Error('the way does not end');
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const { url, status } = await visit(process.argv[2]);
  console.log(url.split('?')[0]);
  process.exitCode = status < 400 ? 0 : 1;
}
