// The provider of apps/provider, as a process of its own.

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../../../../apps/provider/src/main.js', import.meta.url));

export interface Log {
  refreshTokens: { id: string; spent: number; refused: number }[];
  codes: { id: string; spent: number; refused: number }[];
  refreshes: number;
  reused: number;
  revoked: string[];
  api: { served: number; refused: number };
}

export interface Fault {
  path: string;
  kind:
    'status' | 'drop-before' | 'drop-after' | 'truncate' | 'html' | 'slow' | 'type' | 'id-token';
  status?: number;
  retryAfter?: number;
  opaque?: boolean;
  ms?: number;
  times?: number;
  forgery?: string;
}

export class Provider {
  private constructor(
    readonly ready: {
      issuer: string;
      api: string;
      clients: { app: string };
      user: { login: string; email: string; password: string };
      own: { login: string; renew: string; logout: string; apiKey: string };
      log: string;
      faults: string;
    },
    readonly close: () => void,
  ) {}

  /** Starts one for an app at `origin`. */
  static async start(origin: string, accessTokenLife: number): Promise<Provider> {
    const words = ['--test', '--app', origin, '--access-token-life', String(accessTokenLife)];
    const child = spawn(process.execPath, [MAIN, ...words], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
    return new Provider(JSON.parse(line), () => void child.kill());
  }

  async log(): Promise<Log> {
    return (await fetch(this.ready.log)).json() as Promise<Log>;
  }

  async forget(): Promise<void> {
    await fetch(this.ready.log, { method: 'DELETE' });
    await fetch(this.ready.faults, { method: 'DELETE' });
  }

  async breaks(fault: Fault): Promise<void> {
    const headers = { 'content-type': 'application/json' };
    await fetch(this.ready.faults, { method: 'POST', headers, body: JSON.stringify(fault) });
  }

  /** The answers whose id token was forged. */
  async forged(): Promise<Record<string, unknown>[]> {
    return (await fetch(`${this.ready.faults}/forged`)).json() as Promise<
      Record<string, unknown>[]
    >;
  }

  /** What the provider says to a token. */
  async accepts(token: string): Promise<boolean> {
    const headers = { authorization: `Bearer ${token}` };
    return (await fetch(`${this.ready.api}check`, { headers })).ok;
  }

  async refreshes(refresh_token: string): Promise<boolean> {
    const { issuer, clients } = this.ready;
    const body = new URLSearchParams({
      grant_type: 'refresh_token',
      client_id: clients.app,
      refresh_token,
    });
    return (await fetch(`${issuer}/token`, { method: 'POST', body })).ok;
  }
}
