// What the program is told when it is started.

import { parseArgs } from 'node:util';

export const HELP = `Usage: node src/main.js [OPTION VALUE]...

An OpenID provider on this machine alone, for the demo and for tests. When it is ready it prints one
line of JSON: {"issuer", "clients", "user", "api", "own", "log", "faults"}.

  --port N                   where it listens; 0 (the default) takes a free port
  --app ORIGIN               an origin whose pages may call it; may be given several times
                             (default http://localhost:4780)
  --redirect URL             where the app is sent back to; several times (default ORIGIN/signed-in)
  --access-token-life S      seconds an access token lives (default 300)
  --refresh-token-life S     seconds a refresh token lives (default 86400)
  --test                     opens /log and /faults, by which tests see and break things

Each option can also be an environment variable: KEYWARD_PROVIDER_PORT, ..._ACCESS_TOKEN_LIFE.`;

const NUMBERS = { port: 0, 'access-token-life': 300, 'refresh-token-life': 86_400 };

/** @param {string[]} words */
export function readOptions(words, environment = process.env) {
  const { values } = parseArgs({
    args: words,
    options: {
      port: { type: 'string' },
      app: { type: 'string', multiple: true },
      redirect: { type: 'string', multiple: true },
      'access-token-life': { type: 'string' },
      'refresh-token-life': { type: 'string' },
      test: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const number = (name) => {
    const variable = `KEYWARD_PROVIDER_${name.toUpperCase().replaceAll('-', '_')}`;
    const text = values[name] ?? environment[variable];
    const value = text === undefined ? NUMBERS[name] : Number(text);
    if (!Number.isSafeInteger(value) || value < 0) {
      throw new Error(`--${name} takes a whole number, not ${text}`);
    }
    return value;
  };
  const apps = (values.app ?? ['http://localhost:4780']).map((app) => new URL(app).origin);
  return {
    help: values.help,
    test: values.test,
    port: number('port'),
    apps,
    redirects: values.redirect ?? apps.map((app) => `${app}/signed-in`),
    accessTokenLife: number('access-token-life'),
    refreshTokenLife: number('refresh-token-life'),
  };
}
