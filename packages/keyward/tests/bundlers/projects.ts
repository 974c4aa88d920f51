// Each bundler and test runner in a fresh project, with the packed tarball installed in place of
// `@ionic-enterprise/identity-vault`, as an app that migrates has it.

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const HERE = fileURLToPath(new URL('.', import.meta.url));
export const PACKAGE = fileURLToPath(new URL('../..', import.meta.url));
// Outside of the package, so that nothing of its own node_modules is found.
const WORK = join(PACKAGE, '../../target/bundlers');

const execute = promisify(execFile);

/** Packs the package as it would be published, and answers the path of the tarball. */
export async function pack(): Promise<string> {
  await mkdir(WORK, { recursive: true });
  const { stdout } = await npm(
    ['pack', '--ignore-scripts', '--json', '--pack-destination', WORK],
    PACKAGE,
  );
  return join(WORK, JSON.parse(stdout)[0].filename);
}

/** Makes the project of that name, and answers its folder. */
export async function project(name: string, tarball: string): Promise<string> {
  const [from, to] = [join(HERE, name), join(WORK, name)];
  const lock = await readFile(join(from, 'package-lock.json'), 'utf8');
  const installed = join(to, 'node_modules/.installed');
  // What the bundler itself needs is installed anew only when it has changed.
  const kept = existsSync(installed) && (await readFile(installed, 'utf8')) === lock;
  if (!kept) {
    await rm(to, { recursive: true, force: true });
  }
  await rm(join(to, 'dist'), { recursive: true, force: true });
  await cp(from, to, { recursive: true });
  if (!kept) {
    await npm(['ci', '--no-audit', '--no-fund'], to);
    await writeFile(installed, lock);
  }
  const alias = `@ionic-enterprise/identity-vault@file:${tarball}`;
  await rm(join(to, 'node_modules/@ionic-enterprise'), { recursive: true, force: true });
  await npm(['install', '--no-save', '--no-package-lock', '--no-audit', '--no-fund', alias], to);
  if (existsSync(join(to, 'src'))) {
    for (const shared of ['use-vault.ts', 'use-session.ts']) {
      await cp(join(HERE, shared), join(to, 'src', shared));
    }
  }
  return to;
}

/** Runs an npm command; when it fails, the error has all that it said. */
export async function npm(words: string[], folder: string): Promise<{ stdout: string }> {
  try {
    return await execute('npm', words, { cwd: folder, maxBuffer: 1 << 26 });
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    throw new Error(`npm ${words.join(' ')} failed in ${folder}\n${stdout}\n${stderr}`);
  }
}
