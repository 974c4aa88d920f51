import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What is served at a path: its type and its text. */
export interface Page {
  readonly type: 'text/html' | 'text/javascript';
  readonly text: string;
  /** The page's content security policy. */
  readonly policy?: string;
}

export interface Server {
  /** `http://localhost:…`, where WebAuthn and WebCrypto work as they do over https. */
  readonly origin: string;
  close(): Promise<void>;
}

/** Serves `pages` on this machine alone. */
export async function serve(pages: { readonly [path: string]: Page }): Promise<Server> {
  const server = createServer((request, response) => {
    const page = pages[new URL(request.url ?? '/', 'http://localhost').pathname];
    if (!page) {
      response.writeHead(404).end();
      return;
    }
    response.setHeader('Content-Type', `${page.type}; charset=utf-8`);
    if (page.policy) {
      response.setHeader('Content-Security-Policy', page.policy);
    }
    response.end(page.text);
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  return {
    origin: `http://localhost:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
