// What `npx keyward doctor --fix` writes, and what it leaves as it is.

import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { mend } from '../../src/doctor/mending.js';

/** What was asked of the disk, in its order, beside being done. */
const asked: string[] = [];

vi.mock('node:fs', async (original) => {
  const real = await original<typeof fs>();
  const told = <F extends (...given: never[]) => unknown>(name: string, call: F) =>
    ((...given: Parameters<F>) => {
      asked.push(name);
      return call(...given);
    }) as F;
  return {
    ...real,
    writeFileSync: told('write', real.writeFileSync),
    fsyncSync: told('sync', real.fsyncSync),
    renameSync: told('rename', real.renameSync),
  };
});

const NAME = 'Info.plist';
let root: string;
let file: string;

beforeEach(() => {
  root = fs.mkdtempSync(join(tmpdir(), 'keyward-mending-'));
  file = join(root, NAME);
  fs.writeFileSync(file, 'read');
  asked.length = 0;
});

afterEach(() => fs.rmSync(root, { recursive: true }));

const write = () =>
  mend(root, { does: 'write', path: NAME, before: 'read', content: 'read, with a line' });

test('a file gets its lines and keeps its rights', () => {
  fs.chmodSync(file, 0o666);
  write();
  expect(fs.readFileSync(file, 'utf8')).toBe('read, with a line');
  expect(fs.statSync(file).mode & 0o777).toBe(0o666);
  expect(fs.readdirSync(root)).toEqual([NAME]);
});

test('the new file is on the disk before it takes the place of the old one', () => {
  write();
  expect(asked).toEqual(['write', 'sync', 'rename']);
});

test.each(['saved meanwhile', 'read, and more', ''])(
  'what an editor has saved stays: "%s"',
  (saved) => {
    fs.writeFileSync(file, saved);
    expect(write).toThrow(`${NAME} was not written: it has changed`);
    expect(fs.readFileSync(file, 'utf8')).toBe(saved);
    expect(fs.readdirSync(root)).toEqual([NAME]);
  },
);

test('a file that has gone is not made again', () => {
  fs.rmSync(file);
  expect(write).toThrow('ENOENT');
  expect(fs.readdirSync(root)).toEqual([]);
});
