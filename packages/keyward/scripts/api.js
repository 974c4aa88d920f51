// Each entry's surface as one file of types, and the check that its .api.md describes it.
//
//   node scripts/api.js            fails if a surface is not what its .api.md says
//   node scripts/api.js --update   writes the .api.md anew, to be reviewed

import { fileURLToPath } from 'node:url';

import { Extractor, ExtractorConfig, ExtractorLogLevel } from '@microsoft/api-extractor';

const here = fileURLToPath(new URL('..', import.meta.url));

/** What apps import: the names below dist/, and their sources. */
export const ENTRIES = [
  ['index', 'src/index.ts'],
  ['session', 'src/session/index.ts'],
];

/** The name of an entry's reviewed surface. */
const report = (name) => (name === 'index' ? 'keyward' : `keyward-${name}`);

function extract(entry, what, localBuild) {
  const types = entry.replace('src/', 'build/types/').replace('.ts', '.d.ts');
  const extractorConfig = ExtractorConfig.prepare({
    configObject: {
      projectFolder: here,
      mainEntryPointFilePath: `<projectFolder>/${types}`,
      compiler: { tsconfigFilePath: '<projectFolder>/tsconfig.json' },
      newlineKind: 'lf',
      messages: {
        extractorMessageReporting: {
          default: { logLevel: ExtractorLogLevel.Warning },
          // Every export of this package is public.
          'ae-missing-release-tag': { logLevel: ExtractorLogLevel.None },
          // It cannot tell an interface and a class of one name apart; editors can.
          'ae-unresolved-link': { logLevel: ExtractorLogLevel.None },
        },
      },
      ...what,
    },
    configObjectFullPath: undefined,
    packageJsonFullPath: `${here}package.json`,
  });
  return Extractor.invoke(extractorConfig, {
    localBuild,
    messageCallback(message) {
      // Its note about which compiler it uses.
      message.handled = message.messageId.startsWith('console-');
    },
  });
}

export function rollUpTypes(name, entry) {
  const { succeeded } = extract(
    entry,
    {
      apiReport: { enabled: false },
      dtsRollup: { enabled: true, untrimmedFilePath: `<projectFolder>/dist/${name}.d.ts` },
    },
    true,
  );
  if (!succeeded) {
    throw new Error('the types could not be rolled up');
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const update = process.argv.includes('--update');
  for (const [name, entry] of ENTRIES) {
    const result = extract(
      entry,
      {
        apiReport: {
          enabled: true,
          reportFileName: `${report(name)}.api.md`,
          reportFolder: '<projectFolder>',
          reportTempFolder: '<projectFolder>/build/api',
        },
      },
      update,
    );
    if (result.apiReportChanged && !update) {
      console.error(`The surface is not what ${report(name)}.api.md says. If it should be, run`);
      console.error('  npm run api:update');
      console.error('and review the change of that file.');
    }
    if (!result.succeeded) {
      process.exitCode = 1;
    }
  }
}
