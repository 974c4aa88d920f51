/// <reference types="node" />
// `npx keyward doctor`: the doctor for a project's folder, without the native command.

import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

import type { Glue } from './glue.js';
import { module, type Examined } from './module.js';

const HELP = `Usage: npx keyward doctor [FOLDER] [--fix] [--json]

Finds what is missing or unsafe in an app's folder: its Info.plist, Android's backup rules,
Capacitor's configuration, content security policies, packages and scripts.

  --fix   write what is safe to write: lines are added, nothing is removed
  --json  print one JSON document

Exit codes: 0 nothing to mend, 2 the command line makes no sense, 60 something to mend.

Examples:
  npx keyward doctor
  npx keyward doctor --fix
  npx keyward doctor --json | jq '.project.findings[].check'

The command of the same name that is installed with Rust (cargo install keyward-cli) looks at the
device as well, and keeps secrets for the shell.
`;

/** A repair can be the first half of another; there are never more halves than this. */
const ROUNDS = 8;

/** Which package it really is shows only there. */
const INSTALLED = 'node_modules/@ionic-enterprise/identity-vault/package.json';

async function main(words: string[]): Promise<number> {
  const options = new Set(words.filter((word) => word.startsWith('-')));
  const [command, folder = '.', ...more] = words.filter((word) => !word.startsWith('-'));
  if (options.has('--help') || options.has('-h') || command === 'help') {
    process.stdout.write(HELP);
    return 0;
  }
  const known = ['--fix', '--json'];
  if (command !== 'doctor' || more.length > 0 || [...options].some((it) => !known.includes(it))) {
    process.stderr.write(HELP);
    return 2;
  }

  const glue = await module();
  const root = realpathSync(folder);
  const colour = process.stdout.isTTY === true && !process.env['NO_COLOR'];
  const look = () => JSON.parse(glue.examine(JSON.stringify(read(glue, root)), colour)) as Examined;
  const fixed: string[] = [];
  let found = look();
  for (let round = 0; options.has('--fix') && found.writes.length > 0 && round < ROUNDS; round++) {
    for (const { path, content } of found.writes) {
      write(join(root, path), content);
      if (!fixed.includes(path)) {
        fixed.push(path);
      }
    }
    found = look();
  }
  if (options.has('--json')) {
    const [device, paths] = ['null', JSON.stringify(fixed)];
    process.stdout.write(`{"device":${device},"fixed":${paths},"project":${found.json}}\n`);
  } else {
    process.stdout.write(fixed.map((path) => `Wrote ${path}\n`).join('') + found.text);
  }
  return found.clean ? 0 : 60;
}

/** The files that the doctor wants, by their paths. Links are not followed: they lead anywhere. */
function read(glue: Glue, root: string): Record<string, string> {
  const files: Record<string, string> = {};
  const take = (path: string) => {
    const text = textOf(join(root, path), glue.maxFileLength());
    if (text !== undefined) {
      files[path] = text;
    }
  };
  take(INSTALLED);
  const folders = [''];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = folder ? `${folder}/${entry.name}` : entry.name;
      if (entry.isDirectory() && glue.enters(path)) {
        folders.push(path);
      } else if (entry.isFile() && glue.wanted(path)) {
        if (Object.keys(files).length >= glue.maxFiles()) {
          return files;
        }
        take(path);
      }
    }
  }
  return files;
}

function textOf(path: string, most: number): string | undefined {
  try {
    const about = lstatSync(path);
    if (!about.isFile() || about.size > most) {
      return undefined;
    }
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(readFileSync(path));
  } catch {
    // It is not there, or no text.
    return undefined;
  }
}

/** Writes a file whole or not at all. */
function write(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true });
  const fresh = join(dirname(path), `.keyward-doctor-${process.pid}`);
  try {
    writeFileSync(fresh, content, { flag: 'wx', mode: modeOf(path) });
    renameSync(fresh, path);
  } catch (error) {
    rmSync(fresh, { force: true });
    throw error;
  }
}

function modeOf(path: string): number {
  try {
    return lstatSync(path).mode & 0o777;
  } catch {
    return 0o644;
  }
}

main(process.argv.slice(2)).then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  },
);
