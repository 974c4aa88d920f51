import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Where this project's documents are, from the app's folder. */
const DOCUMENTS = '../../docs';

/** A file's name alone on a line, an empty line, and its content as a block of code. */
const FILE = /^`([\w./-]+)`\n\n```\w+\n([\s\S]*?)^```$/gm;

/** The files that a document tells its reader to write, by their names. */
export const filesOf = (document: string): Map<string, string> => {
  const text = readFileSync(join(DOCUMENTS, document), 'utf8');
  return new Map(Array.from(text.matchAll(FILE), ([, name, content]) => [name!, content!]));
};

/** A block of TypeScript, with the name of its file before it if it has one. */
const BLOCK = /(?:^`([\w./-]+)`\n\n)?^```ts\n([\s\S]*?)^```$/gm;

/** Every block of TypeScript in a document, as a file: by its name, or else by its number. */
export const blocksOf = (document: string): Map<string, string> => {
  const text = readFileSync(join(DOCUMENTS, document), 'utf8');
  const blocks = Array.from(text.matchAll(BLOCK), ([, name, content], place): [string, string] => [
    name ?? `src/block-${place + 1}.ts`,
    content!,
  ]);
  return new Map(blocks);
};

/** Writes them down below the app, where they find its dependencies. */
export const write = (files: ReadonlyMap<string, string>, folder: string): void => {
  rmSync(folder, { recursive: true, force: true });
  for (const [name, content] of files) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }
};
