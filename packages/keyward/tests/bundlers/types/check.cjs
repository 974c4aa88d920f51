// Compiles the samples as apps do: with old and new compilers, and every way to resolve modules.

const { execFileSync } = require('node:child_process');

const samples = ['five.ts', 'six.ts', 'mocks.ts'];
const strict = ['--noEmit', '--strict', '--target', 'es2020', '--lib', 'es2020,dom'];

const checks = [
  ['typescript-4.9', samples, ['--module', 'es2020', '--moduleResolution', 'node']],
  ['typescript-4.9', samples, ['--module', 'node16', '--moduleResolution', 'node16']],
  ['typescript-5.4', samples, ['--module', 'esnext', '--moduleResolution', 'bundler']],
  ['typescript-5.9', samples, ['--module', 'commonjs', '--moduleResolution', 'node10']],
  ['typescript-5.9', samples, ['--module', 'nodenext']],
  ['typescript-6.0', samples, ['--module', 'esnext', '--moduleResolution', 'bundler']],
  [
    'typescript-6.0',
    ['beyond.ts'],
    [
      '--module',
      'esnext',
      '--moduleResolution',
      'bundler',
      '--lib',
      'es2022,esnext.disposable,dom',
    ],
  ],
];

for (const [compiler, files, options] of checks) {
  const shown = [compiler, ...options, ...files].join(' ');
  try {
    const tsc = require.resolve(`${compiler}/lib/tsc.js`);
    execFileSync(process.execPath, [tsc, ...strict, ...options, ...files]);
    console.log(`ok      ${shown}`);
  } catch (error) {
    console.log(`FAILED  ${shown}\n${error.stdout ?? error}`);
    process.exitCode = 1;
  }
}
