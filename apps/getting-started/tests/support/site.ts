import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { preview } from 'vite';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the built app is served. */
    site: string;
  }
}

/** Where the demo's provider says what it is. */
const PROVIDER = 'dist/provider.json';

/** Serves what `npm run build` made, with a provider, for as long as the tests run. */
export const setup = async (project: TestProject): Promise<() => Promise<void>> => {
  const server = await preview({ preview: { host: 'localhost', port: 0 }, logLevel: 'warn' });
  const url = server.resolvedUrls?.local[0];
  if (url === undefined) throw new Error('the app is not being served');
  const words = ['../provider/src/main.js', '--app', new URL(url).origin, '--access-token-life', '4'];
  const provider = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(createInterface(provider.stdout), 'line')) as [string];
  writeFileSync(PROVIDER, line);
  project.provide('site', url);
  return async () => {
    provider.kill();
    rmSync(PROVIDER);
    await server.close();
  };
};
