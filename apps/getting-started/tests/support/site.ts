import { preview } from 'vite';
import type { TestProject } from 'vitest/node';
import { startProvider, type Ready } from './provider';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the built app is served. */
    site: string;
    /** The provider beside it. */
    provider: Ready;
  }
}

/** Serves what `npm run build` made, with the provider beside it, for as long as the tests run. */
export const setup = async (project: TestProject): Promise<() => Promise<void>> => {
  const server = await preview({ preview: { host: 'localhost', port: 0 }, logLevel: 'warn' });
  const url = server.resolvedUrls?.local[0];
  if (url === undefined) throw new Error('the app is not being served');
  const provider = await startProvider(new URL(url).origin);
  // As `cargo xtask demo` does.
  process.env['KEYWARD_PROVIDER'] = provider.line;
  project.provide('site', url);
  project.provide('provider', JSON.parse(provider.line) as Ready);
  return async () => {
    await provider.end();
    await server.close();
  };
};
