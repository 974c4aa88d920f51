/// <reference types="node" />
// What `--fix` writes.

import {
  chmodSync,
  closeSync,
  fchmodSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

/** `Repair` in crates/keyward-doctor. */
export type Repair =
  | { does: 'create'; path: string; content: string }
  | { does: 'write'; path: string; before: string; content: string }
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
    write(whole, repair);
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
    make(whole, content);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') {
      throw new Error(`${path} was not written: there is something in its place`);
    }
    throw error;
  }
}

/** Writes a file that is there, whole or not at all, and only while it is what was read of it. */
function write(whole: string, repair: Repair & { does: 'write' }): void {
  const fresh = join(dirname(whole), `.keyward-doctor-${process.pid}`);
  make(fresh, repair.content, statSync(whole).mode & 0o777);
  try {
    // As late as can be: what somebody has saved since would be lost.
    if (!readFileSync(whole).equals(Buffer.from(repair.before))) {
      throw new Error(
        `${repair.path} was not written: it has changed since it was read; run the doctor again`,
      );
    }
    renameSync(fresh, whole);
  } catch (error) {
    rmSync(fresh, { force: true });
    throw error;
  }
}

/** Makes a file where nothing is; it is on the disk, and not only on its way there. */
function make(path: string, content: string, mode?: number): void {
  const file = openSync(path, 'wx');
  try {
    writeFileSync(file, content);
    if (mode !== undefined) {
      fchmodSync(file, mode);
    }
    fsyncSync(file);
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
}
