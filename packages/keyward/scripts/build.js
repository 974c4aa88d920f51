// Makes what the package ships: for each entry point an ES module, a CommonJS module and the types
// of both; and the program that npx runs.

import { execFileSync } from 'node:child_process';
import { copyFileSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

import * as esbuild from 'esbuild';

import { toAscii } from '../src/ascii.js';
import { ENTRIES, rollUpTypes } from './api.js';

const here = fileURLToPath(new URL('..', import.meta.url));
process.chdir(here);

/** The engine's bytes become a text in the module, so that no bundler has a file to look after. */
const inlineWasm = {
  name: 'inline-wasm',
  setup(build) {
    build.onLoad({ filter: /\.wasm$/ }, async ({ path }) => {
      return { contents: toAscii(await readFile(path)), loader: 'text' };
    });
  },
};

/**
 * The generated glue does things when it is imported. Put into a function, it does them when an
 * engine is needed, and bundlers can leave it out where none is. `src/glue.d.ts` has its types.
 */
const lazyGlue = {
  name: 'lazy-glue',
  setup(build) {
    // Its path stands in the bundle, which must be the same from every folder.
    build.onResolve({ filter: /\/glue\.js$/ }, ({ resolveDir }) => {
      const path = relative(`${here}src`, join(resolveDir, 'engine/engine.js'));
      return { path, namespace: 'glue' };
    });
    build.onLoad({ filter: /.*/, namespace: 'glue' }, async ({ path }) => {
      const { outputFiles } = await esbuild.build({
        entryPoints: [`${here}src/${path}`],
        bundle: true,
        format: 'iife',
        globalName: 'glue',
        target: build.initialOptions.target,
        write: false,
        // Nothing is fetched: the module's bytes are handed over.
        define: { 'import.meta.url': '""' },
      });
      return { contents: `export function load() {\n${outputFiles[0].text}\nreturn glue;\n}` };
    });
  },
};

rmSync('dist', { recursive: true, force: true });
for (const { name, source } of ENTRIES) {
  for (const [format, extension] of [
    ['esm', 'js'],
    ['cjs', 'cjs'],
  ]) {
    await esbuild.build({
      entryPoints: [`src/${source}.ts`],
      bundle: true,
      format,
      outfile: `dist/${name}.${extension}`,
      target: 'es2022',
      // Loaded when somebody signs in, and shared with an app that has it.
      external: ['oauth4webapi'],
      plugins: [inlineWasm, lazyGlue],
    });
  }
}
await esbuild.build({
  entryPoints: ['src/doctor/cli.ts'],
  bundle: true,
  format: 'esm',
  platform: 'node',
  outfile: 'dist/cli.js',
  target: 'node20',
  banner: { js: '#!/usr/bin/env node' },
  plugins: [inlineWasm, lazyGlue],
});

execFileSync('node', ['node_modules/typescript/bin/tsc'], { stdio: 'inherit' });
rollUpTypes();
// The same types for those who `require`.
for (const { name } of ENTRIES) {
  copyFileSync(`dist/${name}.d.ts`, `dist/${name}.d.cts`);
}
for (const licence of ['LICENSE-APACHE', 'LICENSE-MIT']) {
  copyFileSync(`../../${licence}`, licence);
}
