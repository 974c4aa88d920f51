// The package's surface as one file of types, and the check that keyward.api.md describes it.
//
//   node scripts/api.js            fails if the surface is not what keyward.api.md says
//   node scripts/api.js --update   writes keyward.api.md anew, to be reviewed

import { fileURLToPath } from 'node:url';

import { Extractor, ExtractorConfig, ExtractorLogLevel } from '@microsoft/api-extractor';

const here = fileURLToPath(new URL('..', import.meta.url));

function extract(what, localBuild) {
  const extractorConfig = ExtractorConfig.prepare({
    configObject: {
      projectFolder: here,
      mainEntryPointFilePath: '<projectFolder>/build/types/index.d.ts',
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
  const { succeeded } = extract(
    {
      apiReport: { enabled: false },
      dtsRollup: { enabled: true, untrimmedFilePath: '<projectFolder>/dist/index.d.ts' },
    },
    true,
  );
  if (!succeeded) {
    throw new Error('the types could not be rolled up');
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const update = process.argv.includes('--update');
  const result = extract(
    {
      apiReport: {
        enabled: true,
        reportFolder: '<projectFolder>',
        reportTempFolder: '<projectFolder>/build/api',
      },
    },
    update,
  );
  if (result.apiReportChanged && !update) {
    console.error('The surface is not what keyward.api.md says. If it should be, run');
    console.error('  npm run api:update');
    console.error('and review the change of that file.');
  }
  process.exitCode = result.succeeded ? 0 : 1;
}
