// Everything behind one port of loopback.

import { createServer } from 'node:http';

import { Api } from './api.js';
import { Faults } from './faults.js';
import { crossOrigin, json } from './http.js';
import { Log } from './log.js';
import { OwnBackEnd } from './own-back-end.js';
import { CLIENTS, makeProvider, signingKey } from './provider.js';
import { signIn } from './sign-in.js';
import { USER } from './users.js';

/** Starts listening. Answers what the first line of the program says, and `close`. */
export async function start(options) {
  const server = createServer();
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, 'localhost', resolve);
  });
  const issuer = `http://localhost:${server.address().port}`;
  const log = new Log();
  const key = signingKey();
  const provider = makeProvider(issuer, options, key, log);
  const own = new OwnBackEnd(options, log);
  const api = new Api(provider, own, log);
  const faults = new Faults(options.apps, key, () => server.closeIdleConnections());
  const openid = provider.callback();

  const answer = async (request, response) => {
    const path = new URL(request.url, issuer).pathname;
    const [, room, rest = ''] = /^\/([^/]*)\/?(.*)$/.exec(path);
    if (options.test && (room === 'log' || room === 'faults')) {
      if (crossOrigin(request, response, options.apps)) return;
      if (room === 'faults') return faults.answer(rest, request, response);
      if (request.method === 'DELETE') log.clear();
      return json(response, 200, log);
    }
    // Browsers ask for one at every page.
    if (room === 'favicon.ico') return void response.writeHead(204).end();
    log.request(path);
    await faults.around(path, request, response, () => {
      if (room === 'sign-in') return signIn(provider, request, response);
      if (room !== 'api' && room !== 'own') return openid(request, response);
      if (crossOrigin(request, response, options.apps)) return;
      return (room === 'api' ? api : own).answer(rest, request, response);
    });
  };
  server.on('request', (request, response) => {
    answer(request, response).catch((error) => {
      // A page that has been left open too long, or a body that does not read.
      if (!response.headersSent) json(response, 400, { problem: error.name });
      else response.destroy();
    });
  });

  return {
    ready: {
      issuer,
      clients: CLIENTS,
      user: { login: USER.sub, email: USER.email, password: USER.password },
      api: `${issuer}/api/`,
      own: {
        login: `${issuer}/own/login`,
        renew: `${issuer}/own/renew`,
        logout: `${issuer}/own/logout`,
        apiKey: own.apiKey,
      },
      ...(options.test && { log: `${issuer}/log`, faults: `${issuer}/faults` }),
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
