// The package's surface as one file of types for each entry point, and the check that the reports
// (keyward.api.md and its siblings) describe it.
//
//   node scripts/api.js            fails if the surface is not what the reports say
//   node scripts/api.js --update   writes the reports anew, to be reviewed

import { fileURLToPath } from 'node:url';

import { Extractor, ExtractorConfig, ExtractorLogLevel } from '@microsoft/api-extractor';

const here = fileURLToPath(new URL('..', import.meta.url));

/** What can be imported: `keyward` is `index`, and every other one is `keyward/NAME`. */
export const ENTRIES = [
  { name: 'index', source: 'index', report: 'keyward' },
  { name: 'doctor', source: 'doctor/index', report: 'keyward-doctor' },
  { name: 'moving', source: 'moving/index', report: 'keyward-moving' },
  { name: 'session', source: 'session/index', report: 'keyward-session' },
];

function extract(source, what, localBuild) {
  const extractorConfig = ExtractorConfig.prepare({
    configObject: {
      projectFolder: here,
      mainEntryPointFilePath: `<projectFolder>/build/types/${source}.d.ts`,
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

export function rollUpTypes() {
  for (const { name, source } of ENTRIES) {
    const { succeeded } = extract(
      source,
      {
        apiReport: { enabled: false },
        dtsRollup: { enabled: true, untrimmedFilePath: `<projectFolder>/dist/${name}.d.ts` },
      },
      true,
    );
    if (!succeeded) {
      throw new Error(`the types of ${name} could not be rolled up`);
    }
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const update = process.argv.includes('--update');
  for (const { source, report } of ENTRIES) {
    const result = extract(
      source,
      {
        apiReport: {
          enabled: true,
          reportFileName: report,
          reportFolder: '<projectFolder>',
          reportTempFolder: '<projectFolder>/build/api',
        },
      },
      update,
    );
    if (result.apiReportChanged && !update) {
      console.error(`The surface is not what ${report}.api.md says. If it should be, run`);
      console.error('  npm run api:update');
      console.error('and review the change of that file.');
    }
    if (!result.succeeded) {
      process.exitCode = 1;
    }
  }
}
