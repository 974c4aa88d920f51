/// <reference types="node" />
// A project's files, as the doctor wants them.

import { lstatSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

import type { Glue } from './glue.js';

/** Which package it really is shows only there. */
const INSTALLED = 'node_modules/@ionic-enterprise/identity-vault/package.json';

/** Why a file was not read; `Unread` in crates/keyward-doctor. */
type Unread = 'too-long' | 'not-text' | 'link' | 'refused';

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
  if (lstatSync(join(root, INSTALLED), { throwIfNoEntry: false })?.isFile()) {
    take(found, INSTALLED, join(root, INSTALLED), most);
  }
  let count = 0;
  const folders = [''];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of entriesOf(root, folder)) {
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

function entriesOf(root: string, folder: string) {
  try {
    return readdirSync(join(root, folder), { withFileTypes: true });
  } catch (error) {
    if (folder === '') {
      throw error;
    }
    // A folder that may not be read is somebody else's.
    return [];
  }
}

function leadsToFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
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
