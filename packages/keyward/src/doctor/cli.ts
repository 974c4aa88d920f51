/// <reference types="node" />
// `npx keyward doctor`: the doctor for a project's folder, and for as much of the device as Node.js
// can see, without the native command.

import { realpathSync } from 'node:fs';

import { lookAtDevice, vaultFolder } from './device.js';
import { mend, type Repair } from './mending.js';
import { module } from './module.js';
import { readProject } from './reading.js';

const HELP = `Usage: npx keyward doctor [FOLDER] [--fix] [--project-only] [--json]

Finds what is missing or unsafe in an app's folder: its Info.plist, Android's backup rules,
Capacitor's and Tauri's configuration, content security policies, packages and scripts. Of this
device, it looks at who may use the files of the command's vaults.

  --fix           write what is safe to write: lines are added, nothing is removed
  --project-only  leave this device out, for example where other machines build the project
  --json          print one JSON document

Exit codes: 0 nothing to mend, 2 the command line makes no sense, 60 something to mend.

Examples:
  npx keyward doctor
  npx keyward doctor --fix
  npx keyward doctor --json | jq '.project.findings[].check'

The command of the same name that is installed with Rust (cargo install keyward-cli) asks this
device's keyring as well, and keeps secrets for the shell.
`;

/** A repair can be the first half of another; there are never more halves than this. */
const ROUNDS = 8;

/** What the module answers. */
interface Examined {
  clean: boolean;
  project: string;
  device: string | null;
  text: string;
  repairs: Repair[];
}

async function main(words: string[]): Promise<number> {
  const options = new Set(words.filter((word) => word.startsWith('-')));
  const [command, folder = '.', ...more] = words.filter((word) => !word.startsWith('-'));
  if (options.has('--help') || options.has('-h') || command === 'help') {
    process.stdout.write(HELP);
    return 0;
  }
  const known = ['--fix', '--project-only', '--json'];
  if (command !== 'doctor' || more.length > 0 || [...options].some((it) => !known.includes(it))) {
    process.stderr.write(HELP);
    return 2;
  }

  const glue = await module();
  const root = realpathSync(folder);
  const colour = process.stdout.isTTY === true && !process.env['NO_COLOR'];
  const look = () => {
    const device = options.has('--project-only') ? null : lookAtDevice();
    const found = { ...readProject(glue, root), device };
    return {
      device,
      found: JSON.parse(glue.examine(JSON.stringify(found), colour)) as Examined,
    };
  };
  const fixed: string[] = [];
  let { found, device } = look();
  for (let round = 0; options.has('--fix') && found.repairs.length > 0 && round < ROUNDS; round++) {
    for (const repair of found.repairs) {
      try {
        mend(root, repair);
      } catch (error) {
        const before = fixed.length > 0 ? `. Written before it: ${fixed.join(', ')}` : '';
        throw new Error(`${(error as Error).message}${before}`);
      }
      if (!fixed.includes(repair.path)) {
        fixed.push(repair.path);
      }
    }
    ({ found, device } = look());
  }
  if (options.has('--json')) {
    const paths = JSON.stringify(fixed);
    process.stdout.write(
      `{"device":${found.device},"fixed":${paths},"project":${found.project}}\n`,
    );
  } else {
    process.stdout.write(fixed.map((path) => `Wrote ${path}\n`).join('') + found.text);
    if (!options.has('--project-only')) {
      process.stdout.write(
        device
          ? `Of this device, only who may use the files in ${vaultFolder()} was looked at, not the keyring: the native command asks it.\n`
          : 'Of this device, nothing was looked at: the native command does.\n',
      );
    }
  }
  return found.clean ? 0 : 60;
}

main(process.argv.slice(2)).then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  },
);
