import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Plugin } from 'vite';

/** What a provider says of itself when it is ready: a line of JSON. */
type Ready = () => string | undefined;

/**
 * Lets a page that is served on this machine call the provider that runs beside it, and tells the
 * page where that is. What is built knows nothing of it: its policy allows its own origin alone.
 *
 * @param ready - Default: what `cargo xtask demo` has put into the environment.
 */
export const demoProvider = (ready: Ready = () => process.env['KEYWARD_PROVIDER']): Plugin => ({
  name: 'demo-provider',
  // Only while developing: a build must not know of a provider, whatever is in the environment.
  transformIndexHtml: (html, { server }) => (server ? allow(html, ready()) : html),
  configureServer: ({ middlewares }) => {
    middlewares.use('/provider.json', (_request, response, next) => {
      const text = ready();
      if (text === undefined) return next();
      send(response, 'application/json', text);
    });
  },
  configurePreviewServer: ({ middlewares, config }) => {
    middlewares.use((request, response, next) => {
      const text = ready();
      const { pathname } = new URL(request.url ?? '/', 'http://localhost');
      if (text === undefined) return next();
      if (pathname === '/provider.json') return send(response, 'application/json', text);
      if (pathname.includes('.') && pathname !== '/index.html') return next();
      readFile(join(config.root, config.build.outDir, 'index.html'), 'utf8').then(
        (html) => send(response, 'text/html', allow(html, text)),
        next,
      );
    });
  },
});

const OWN_ORIGIN_ALONE = "connect-src 'self'";

/** One origin more may be called: the provider's, on its port. */
const allow = (html: string, ready: string | undefined): string => {
  if (ready === undefined) return html;
  const { issuer } = JSON.parse(ready) as { issuer: string };
  if (!html.includes(OWN_ORIGIN_ALONE)) throw new Error('the policy of the page has changed');
  return html.replace(OWN_ORIGIN_ALONE, `${OWN_ORIGIN_ALONE} ${new URL(issuer).origin}`);
};

const send = (
  response: { setHeader: (name: string, value: string) => unknown; end: (text: string) => unknown },
  type: string,
  text: string,
): void => {
  response.setHeader('Content-Type', `${type}; charset=utf-8`);
  response.setHeader('Cache-Control', 'no-store');
  response.end(text);
};
