/// <reference types="node" />
// A project's files, as the doctor wants them.

import { type Dirent, lstatSync, readdirSync, readFileSync, statSync, type Stats } from 'node:fs';
import { join } from 'node:path';

import type { Glue } from './glue.js';

/** Which package it really is shows only there. */
const INSTALLED = 'node_modules/@ionic-enterprise/identity-vault/package.json';

/** Why a file or folder was not read; `Unread` in crates/keyward-doctor. */
type Unread = 'too-long' | 'not-text' | 'link' | 'refused' | 'refused-folder';

export interface ProjectFiles {
  /** Texts by their paths. */
  files: Record<string, string>;
  unread: Record<string, Unread>;
  firstLeftOut: string | null;
}

/** The files that the doctor wants, by their paths. Links are not followed: they lead anywhere. */
export function readProject(glue: Glue, root: string): ProjectFiles {
  const found: ProjectFiles = { files: {}, unread: {}, firstLeftOut: null };
  const most = glue.maxFileLength();
  const installed = statusOf(join(root, INSTALLED));
  if (installed === 'refused') {
    found.unread[INSTALLED] = installed;
  } else if (installed?.isFile()) {
    take(found, INSTALLED, join(root, INSTALLED), most);
  }
  let count = 0;
  const folders = [''];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    let entries: Dirent[];
    try {
      entries = readdirSync(join(root, folder), { withFileTypes: true });
    } catch (error) {
      if (folder === '') {
        throw error;
      }
      found.unread[folder] = 'refused-folder';
      continue;
    }
    for (const entry of entries) {
      const path = folder ? `${folder}/${entry.name}` : entry.name;
      if (entry.isDirectory() && glue.enters(path)) {
        folders.push(path);
      } else if (entry.isSymbolicLink() && glue.wanted(path) && leadsToFile(join(root, path))) {
        found.unread[path] = 'link';
      } else if (entry.isFile() && glue.wanted(path)) {
        if (count === glue.maxFiles()) {
          return { ...found, firstLeftOut: path };
        }
        count++;
        take(found, path, join(root, path), most);
      }
    }
  }
  return found;
}

/** What a path leads to: `undefined` for nothing, and `refused` where that cannot be seen. */
function statusOf(path: string): Stats | 'refused' | undefined {
  try {
    return statSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' || code === 'ENOTDIR' ? undefined : 'refused';
  }
}

/** Whether a link leads to a file, or to where that cannot be seen. */
function leadsToFile(link: string): boolean {
  const status = statusOf(link);
  return status === 'refused' || status?.isFile() === true;
}

/** Takes a file's text, or the reason why there is none. */
function take({ files, unread }: ProjectFiles, path: string, whole: string, most: number): void {
  let bytes: Uint8Array;
  try {
    if (lstatSync(whole).size > most) {
      unread[path] = 'too-long';
      return;
    }
    bytes = readFileSync(whole);
  } catch {
    unread[path] = 'refused';
    return;
  }
  try {
    files[path] = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    unread[path] = 'not-text';
  }
}
