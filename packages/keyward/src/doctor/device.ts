/// <reference types="node" />
// As much of a device as Node.js can see: who may use the files of the command's vaults.

import { lstatSync, readdirSync, type Stats } from 'node:fs';
import { homedir, platform } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** `Device` in crates/keyward-doctor; without a keyring, because Node.js cannot ask one. */
export interface DeviceFacts {
  files: { path: string; mode: number; role: 'folder' | 'in-folder' | 'key-file' }[];
}

/** What there is; none where rights are told in another way. */
export function lookAtDevice(): DeviceFacts | null {
  if (platform() === 'win32') {
    return null;
  }
  const files: DeviceFacts['files'] = [];
  const take = (path: string, role: 'folder' | 'in-folder' | 'key-file') => {
    const about = statsOf(path);
    if (about && (role === 'folder' ? about.isDirectory() : about.isFile())) {
      files.push({ path, mode: about.mode, role });
    }
  };
  const folder = vaultFolder();
  take(folder, 'folder');
  for (const name of namesIn(folder)) {
    take(join(folder, name), 'in-folder');
  }
  const keyFile = process.env['KEYWARD_KEY_FILE'];
  if (keyFile) {
    take(keyFile, 'key-file');
  }
  return { files };
}

/** Where the command keeps vaults. */
export function vaultFolder(): string {
  const { KEYWARD_HOME, XDG_DATA_HOME } = process.env;
  const data = XDG_DATA_HOME && isAbsolute(XDG_DATA_HOME) ? XDG_DATA_HOME : undefined;
  return KEYWARD_HOME || join(data ?? join(homedir(), '.local/share'), 'keyward');
}

function statsOf(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch {
    // What cannot be looked at is not open to others in this way.
    return undefined;
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}
