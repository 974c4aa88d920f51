/// <reference types="node" />
// What `--fix` writes.

import {
  chmodSync,
  lstatSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

/** `Repair` in crates/keyward-doctor. */
export type Repair =
  | { does: 'create' | 'write'; path: string; content: string }
  | { does: 'restrict'; path: string; mode: number };

/** Does one repair. A path of the project begins in `root`. */
export function mend(root: string, repair: Repair): void {
  if (repair.does === 'restrict') {
    chmodSync(repair.path, repair.mode);
    return;
  }
  const whole = join(root, repair.path);
  refuseLinks(root, repair.path);
  if (repair.does === 'create') {
    create(whole, repair.path, repair.content);
  } else {
    write(whole, repair.content);
  }
}

/** Refuses a path on which a symbolic link stands: it may lead out of the project. */
function refuseLinks(root: string, path: string): void {
  let whole = root;
  for (const name of path.split('/')) {
    whole = join(whole, name);
    if (lstatSync(whole, { throwIfNoEntry: false })?.isSymbolicLink()) {
      throw new Error(`${path} was not written: a symbolic link stands in the way`);
    }
  }
}

/** Makes a file where nothing is, whatever has come there since the project was read. */
function create(whole: string, path: string, content: string): void {
  mkdirSync(dirname(whole), { recursive: true });
  try {
    writeFileSync(whole, content, { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') {
      throw new Error(`${path} was not written: there is something in its place`);
    }
    throw error;
  }
}

/** Writes a file that is there, whole or not at all. */
function write(whole: string, content: string): void {
  const fresh = join(dirname(whole), `.keyward-doctor-${process.pid}`);
  try {
    writeFileSync(fresh, content, { flag: 'wx', mode: statSync(whole).mode & 0o777 });
    renameSync(fresh, whole);
  } catch (error) {
    rmSync(fresh, { force: true });
    throw error;
  }
}
