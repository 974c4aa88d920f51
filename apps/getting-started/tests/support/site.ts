import { preview } from 'vite';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the built app is served. */
    site: string;
  }
}

/** Serves what `npm run build` made, for as long as the tests run. */
export const setup = async (project: TestProject): Promise<() => Promise<void>> => {
  const server = await preview({ preview: { host: 'localhost', port: 0 }, logLevel: 'warn' });
  const url = server.resolvedUrls?.local[0];
  if (url === undefined) throw new Error('the app is not being served');
  project.provide('site', url);
  return () => server.close();
};
