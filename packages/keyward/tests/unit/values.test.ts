import { runInNewContext } from 'node:vm';

import { expect, test } from 'vitest';

import { VaultErrorCodes } from '../../src/errors.js';
import { fromEntryValue, fromExport, toEntryValue, toExport } from '../../src/values.js';

const invalid = expect.objectContaining({ code: VaultErrorCodes.InvalidArguments });

test.each([
  ['a string', 'abc', '"abc"'],
  ['null', null, 'null'],
  ['undefined', undefined, 'null'],
  ['a number', 1.5, '1.5'],
  ['not a number', NaN, 'null'],
  ['false', false, 'false'],
  ['an object', { a: [1, undefined], b: undefined }, '{"a":[1,null]}'],
  ['a date', new Date(0), '"1970-01-01T00:00:00.000Z"'],
  ['half of a character', '\ud800', '"\\ud800"'],
])('%s is stored as its JSON', (_, value, json) => {
  expect(toEntryValue(value)).toEqual({ json });
});

test.each([
  ['a function', () => 1],
  ['a symbol', Symbol('s')],
  ['a bigint', 1n],
  ['what throws', { toJSON: () => expect.fail('secret') }],
  ['a buffer', new ArrayBuffer(1)],
  ['another view of bytes', new Uint16Array(1)],
])('%s cannot be stored', (_, value) => {
  expect(() => toEntryValue(value)).toThrow(invalid);
  expect(() => toEntryValue(value)).not.toThrow(/secret/);
});

test('a cycle cannot be stored, and the error does not tell of its members', () => {
  const value: Record<string, unknown> = {};
  value['secret'] = value;
  expect(() => toEntryValue(value)).toThrow(invalid);
  expect(() => toEntryValue(value)).not.toThrow(/secret/);
});

test('bytes are stored as bytes, also those of another frame', () => {
  const theirs = runInNewContext('new Uint8Array([1, 2, 255])');
  expect(theirs).not.toBeInstanceOf(Uint8Array);
  for (const bytes of [new Uint8Array([1, 2, 255]), Buffer.from([1, 2, 255]), theirs]) {
    expect(toEntryValue(bytes)).toEqual({ bytes: 'AQL/' });
  }
  const part = new Uint8Array([0, 1, 2, 255, 0]).subarray(1, 4);
  expect(fromEntryValue(toEntryValue(part))).toEqual(new Uint8Array([1, 2, 255]));
});

test('what is absent reads as null', () => {
  expect(fromEntryValue(undefined)).toBeNull();
});

test('an export is imported as what it was', () => {
  const entries = [
    { name: 'a', value: { json: '{"b":1}' } },
    { name: 'bytes', value: { bytes: 'AQL/' } },
    { name: '__proto__', value: { json: 'true' } },
    { name: '', value: { json: '"{\\"keyward:bytes\\":\\"AA==\\"}"' } },
  ];
  const data = toExport(entries);
  expect(data).toEqual(
    Object.fromEntries([
      ['a', '{"b":1}'],
      ['bytes', '{"keyward:bytes":"AQL/"}'],
      ['__proto__', 'true'],
      ['', '"{\\"keyward:bytes\\":\\"AA==\\"}"'],
    ]),
  );
  expect(fromExport(data)).toEqual(entries);
});

test('only an object with nothing but the marker is imported as bytes', () => {
  for (const json of [
    '{"keyward:bytes":1}',
    '{"keyward:bytes":"AA==","more":1}',
    '["keyward:bytes"]',
    '{"keyward:bytes"',
  ]) {
    expect(fromExport({ a: json })).toEqual([{ name: 'a', value: { json } }]);
  }
});

test('what is imported must be texts', () => {
  expect(() => fromExport({ a: 1 } as never)).toThrow(invalid);
  expect(() => fromExport({ a: null } as never)).toThrow(invalid);
});
