// The sealed file, as far as looking for its key takes; SPEC.md describes all of it.

import { createDecipheriv } from 'node:crypto';

import type { Page } from 'playwright-core';

/** The sealed bytes of the only vault of this origin. */
export async function sealedFile(tab: Page): Promise<Buffer> {
  const bytes = await tab.evaluate(async () => {
    const done = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    const database = await done(indexedDB.open('keyward'));
    const cells = await done<{ bytes: Uint8Array }[]>(
      database.transaction('cells').objectStore('cells').getAll(),
    );
    database.close();
    return cells.map(({ bytes }) => Array.from(bytes));
  });
  // The other cell counts wrong passcodes.
  const file = bytes
    .map((cell) => Buffer.from(cell))
    .find((cell) => cell.readUInt16BE() === 0xd860);
  if (!file) {
    throw new Error('there is no sealed file');
  }
  return file;
}

/**
 * Whether 32 bytes of `memory` are the key of `file`, which has an entry called `name` among its
 * first: it tries them all.
 */
export function holdsKey(memory: Buffer, file: Buffer, name: string): boolean {
  const { nonce, ciphertext } = parts(file);
  const begin = ciphertext.subarray(0, 256);
  const options = { authTagLength: 16 };
  return randomLooking(memory).some((at) => {
    const key = memory.subarray(at, at + 32);
    const cipher = createDecipheriv('chacha20-poly1305', key, nonce, options);
    return cipher.update(begin).includes(name);
  });
}

/** The unprotected map's label 5 with a nonce, and its label -70021 with a checksum. */
function parts(file: Buffer) {
  const nonce = file.indexOf(Buffer.from('054c', 'hex'));
  const checksum = file.indexOf(Buffer.from('3a000111845820', 'hex'), nonce);
  if (nonce < 0 || checksum !== nonce + 14) {
    throw new Error('this is no sealed file of version 1');
  }
  const head = checksum + 7 + 32;
  // The head of a byte string: one initial byte, and one or two of length.
  const lengths: Record<number, number> = { 0x58: 1, 0x59: 2 };
  const size = lengths[file[head]!];
  if (size === undefined) {
    throw new Error('the ciphertext is too short or too long for this');
  }
  const start = head + 1 + size;
  const length = file.readUIntBE(head + 1, size);
  return {
    nonce: file.subarray(nonce + 2, nonce + 14),
    ciphertext: file.subarray(start, start + length - 16),
  };
}

/** The places where 32 bytes begin that may be random: of such, some 30 are different. */
function randomLooking(memory: Buffer): number[] {
  const places: number[] = [];
  const counts = new Uint8Array(256);
  let different = 0;
  for (let end = 0; end < memory.length; end++) {
    if (counts[memory[end]!]!++ === 0) {
      different++;
    }
    if (end >= 32 && --counts[memory[end - 32]!]! === 0) {
      different--;
    }
    if (end >= 31 && different >= 22) {
      places.push(end - 31);
    }
  }
  return places;
}
