// The little of HTTP that the program does by itself.

/** The body of a request; at most 64 KiB. */
export async function bodyOf(request) {
  const chunks = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length > 65_536) throw new Error('too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** The fields of a form, or of a JSON object. */
export async function fieldsOf(request) {
  const body = await bodyOf(request);
  if (request.headers['content-type']?.startsWith('application/json')) {
    const fields = JSON.parse(body || '{}');
    return fields !== null && typeof fields === 'object' ? fields : {};
  }
  return Object.fromEntries(new URLSearchParams(body));
}

export function json(response, status, value, headers = {}) {
  response.writeHead(status, {
    'Content-Type': 'application/json',
    'Cache-Control': 'no-store',
    ...headers,
  });
  response.end(JSON.stringify(value));
}

export function html(response, title, body) {
  response.writeHead(200, {
    'Content-Type': 'text/html; charset=utf-8',
    'Cache-Control': 'no-store',
    // No form-action: browsers apply it to the redirect back to the app as well.
    'Content-Security-Policy':
      "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
  });
  response.end(page(title, body));
}

/** Lets pages of `origins` read the answer. Answers whether the request was a question about that. */
export function crossOrigin(request, response, origins) {
  const { origin } = request.headers;
  response.setHeader('Vary', 'Origin');
  if (origin !== undefined && origins.includes(origin)) {
    response.setHeader('Access-Control-Allow-Origin', origin);
    response.setHeader('Access-Control-Expose-Headers', 'Retry-After, WWW-Authenticate');
  }
  if (request.method !== 'OPTIONS') return false;
  response.setHeader('Access-Control-Allow-Methods', 'GET, POST, PUT, DELETE');
  response.setHeader('Access-Control-Allow-Headers', 'Authorization, Content-Type, X-Api-Key');
  response.setHeader('Access-Control-Max-Age', '600');
  response.writeHead(204).end();
  return true;
}

export const escape = (text) =>
  String(text).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

export function page(title, body) {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escape(title)}</title>
<style>
  :root { --paper: #edf1ee; --card: #fff; --ink: #16211d; --soft: #4c5a54; --line: #8b9a93; --key: #14603f; --on-key: #fff }
  @media (prefers-color-scheme: dark) {
    :root { --paper: #0c1412; --card: #15201c; --ink: #e6eeea; --soft: #a5b5ad; --line: #5c6d65; --key: #7fd6ab; --on-key: #06130d }
  }
  * { box-sizing: border-box }
  body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1rem;
    background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif }
  main { width: min(24rem, 100%); padding: 1.75rem; border-radius: 1rem; background: var(--card);
    box-shadow: 0 1px 2px #0002, 0 12px 32px #0001 }
  h1 { margin: 0 0 .5rem; font-size: 1.35rem; line-height: 1.25 }
  p { margin: 0 0 1rem; color: var(--soft) }
  .problem { color: var(--ink); font-weight: 600 }
  label { display: block; margin: 1rem 0 .25rem; font-weight: 600 }
  input:not([type=hidden]) { width: 100%; min-height: 2.75rem; padding: .5rem .75rem; font: inherit;
    color: inherit; background: var(--paper); border: 1px solid var(--line); border-radius: .5rem }
  button { width: 100%; min-height: 2.75rem; margin-top: 1.25rem; padding: .5rem 1rem; font: inherit;
    font-weight: 600; color: var(--on-key); background: var(--key); border: 0; border-radius: .5rem; cursor: pointer }
  button.plain { margin-top: .5rem; color: var(--ink); background: none; border: 1px solid var(--line) }
  :focus-visible { outline: 3px solid var(--key); outline-offset: 2px }
  code { font: .95em ui-monospace, monospace }
</style>
<main>
<h1>${escape(title)}</h1>
${body}
</main>
</html>
`;
}
