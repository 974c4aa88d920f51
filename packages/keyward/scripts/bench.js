// Bundles and runs programs of `bench/`, one after the other.

import { execFileSync } from 'node:child_process';

import { build } from 'esbuild';

for (const name of process.argv.slice(2)) {
  const outfile = `build/bench/${name}.mjs`;
  await build({
    entryPoints: [`bench/${name}.ts`],
    bundle: true,
    platform: 'node',
    packages: 'external',
    format: 'esm',
    outfile,
    logLevel: 'warning',
  });
  execFileSync(process.execPath, [outfile], { stdio: 'inherit' });
  console.log();
}
