import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** What the provider says of itself, as far as tests need it. */
export interface Ready {
  readonly issuer: string;
  readonly api: string;
  readonly user: { readonly login: string; readonly password: string };
  /** Where it tells what it has seen. */
  readonly log: string;
}

/** What the provider has seen of tokens and calls. */
export interface Log {
  readonly refreshes: number;
  readonly reused: number;
  readonly revoked: readonly string[];
  readonly api: { readonly served: number; readonly refused: number };
}

export interface RunningProvider {
  /** The line that it has printed: JSON. */
  readonly line: string;
  /** Ends it, and resolves when it is gone. */
  readonly end: () => Promise<void>;
}

/**
 * Starts the demo's provider for the app at `origin`.
 *
 * @param tokenLife - In seconds: not long to wait for, and fifty calls are done in it on a slow machine.
 * @param port - Where it listens; 0 takes a free port.
 */
export const startProvider = async (origin: string, tokenLife = 12, port = 0): Promise<RunningProvider> => {
  const words = ['--test', '--app', origin, '--redirect', `${origin}/sign-in`];
  const numbers = ['--access-token-life', String(tokenLife), '--port', String(port)];
  const provider = spawn(process.execPath, ['../provider/src/main.js', ...words, ...numbers], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const gone = once(provider, 'exit');
  const failed = gone.then(() => {
    throw new Error('the provider has ended; are its packages installed? (npm ci in apps/provider)');
  });
  // It ends some time, in any case.
  failed.catch(() => undefined);
  const [line] = (await Promise.race([once(createInterface(provider.stdout), 'line'), failed])) as [string];
  return {
    line,
    end: async () => {
      provider.kill();
      await gone;
    },
  };
};

export const logOf = async ({ log }: Ready): Promise<Log> => (await (await fetch(log)).json()) as Log;
