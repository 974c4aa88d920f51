import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';

/** A script for pages, from a file of this package: `from` is the `import.meta.url` of the caller. */
export async function bundle(entry: string, from: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(entry, from))],
    bundle: true,
    format: 'esm',
    target: 'es2022',
    write: false,
  });
  return outputFiles[0]!.text;
}
