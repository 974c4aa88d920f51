import { fromBase64, toBase64 } from './base64.js';
import { invalidArguments } from './errors.js';
import type { Entry, EntryValue } from './messages.js';

/** The only member of the object that stands for bytes in what `exportVault` gives. */
const BYTES = 'keyward:bytes';

/** Takes a copy: what the caller does to `value` afterwards does not matter. */
export function toEntryValue(value: unknown): EntryValue {
  // Not `instanceof`: a value may come from another frame, or from outside a test's sandbox.
  const kind = Object.prototype.toString.call(value);
  if (kind === '[object Uint8Array]') {
    return { bytes: toBase64(value as Uint8Array) };
  }
  if (kind === '[object ArrayBuffer]' || ArrayBuffer.isView(value)) {
    throw invalidArguments('of binary values only a Uint8Array can be stored');
  }
  if (value === undefined) {
    return { json: 'null' };
  }
  return { json: toJson(value) };
}

export function fromEntryValue(value: EntryValue | undefined): unknown {
  if (value === undefined) {
    return null;
  }
  return 'json' in value ? JSON.parse(value.json) : fromBase64(value.bytes);
}

export function toEntries(values: Iterable<readonly [string, unknown]>): Entry[] {
  return Array.from(values, ([name, value]) => ({ name, value: toEntryValue(value) }));
}

export function toExport(entries: Entry[]): Record<string, string> {
  return Object.fromEntries(
    entries.map(({ name, value }) => [
      name,
      'json' in value ? value.json : JSON.stringify({ [BYTES]: value.bytes }),
    ]),
  );
}

export function fromExport(data: Record<string, string>): Entry[] {
  return Object.entries(data).map(([name, json]) => {
    if (typeof json !== 'string') {
      throw invalidArguments('what is imported must have a JSON text as each of its values');
    }
    const bytes = exportedBytes(json);
    return { name, value: bytes === undefined ? { json } : { bytes } };
  });
}

function toJson(value: unknown): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch {
    // A cycle, a bigint, or a `toJSON` that throws. Its words may tell of what is in the value.
  }
  if (text === undefined) {
    throw invalidArguments('the value has no JSON form');
  }
  return text;
}

function exportedBytes(json: string): string | undefined {
  if (!json.includes(BYTES)) {
    return undefined;
  }
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || Object.keys(value).join() !== BYTES) {
    return undefined;
  }
  const bytes: unknown = (value as Record<string, unknown>)[BYTES];
  return typeof bytes === 'string' ? bytes : undefined;
}
