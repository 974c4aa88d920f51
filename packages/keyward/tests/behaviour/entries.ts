import { VaultErrorCodes } from 'keyward';

import { equal, rejects } from './check.js';
import type { Case } from './subject.js';
import { heard, initialized, restarted } from './vaults.js';

const everything = {
  text: 'naïve ☃ 🔑',
  empty: '',
  number: -1.5e300,
  zero: 0,
  no: false,
  nothing: null,
  list: [1, [2, { three: [] }], null],
  nested: { a: { b: { c: {} } } },
};

export const entries: Case[] = [
  {
    name: 'a value of any JSON type is read back',
    async run(subject) {
      const vault = await initialized(subject);
      for (const [key, value] of Object.entries(everything)) {
        await vault.setValue(key, value);
      }
      await vault.setValue('everything', everything);
      for (const [key, value] of Object.entries(everything)) {
        equal(await vault.getValue(key), value);
      }
      equal(await vault.getValue('everything'), everything);
    },
  },
  {
    name: 'what is absent reads as null',
    async run(subject) {
      const vault = await initialized(subject);
      equal(await vault.getValue('token'), null);
      await vault.setValue('token', 1);
      equal(await vault.getValue('Token'), null);
    },
  },
  {
    name: 'calls take effect in their order, awaited or not',
    async run(subject) {
      const vault = await initialized(subject);
      void vault.setValue('token', 1);
      const first = vault.getValue('token');
      void vault.setValue('token', 2);
      const second = vault.getValue('token');
      void vault.removeValue('token');
      const third = vault.getValue('token');
      equal(await Promise.all([first, second, third]), [1, 2, null]);
    },
  },
  {
    name: 'calls wait for initialize',
    async run(subject) {
      const vault = subject.open();
      const early = [vault.setValue('token', 1), vault.getValue('token'), vault.isEmpty()];
      await vault.initialize({ key: 'session', type: 'SecureStorage' as never });
      equal(await Promise.all(early), [undefined, 1, false]);
    },
  },
  {
    name: 'a value is taken when the call is made',
    async run(subject) {
      const vault = await initialized(subject);
      const value = { a: 1 };
      const bytes = new Uint8Array([1, 2, 3]);
      const stored = [vault.setValue('value', value), vault.setValue('bytes', bytes)];
      value.a = 2;
      bytes.fill(0);
      await Promise.all(stored);
      equal(await vault.getValue('value'), { a: 1 });
      equal(await vault.getValue('bytes'), new Uint8Array([1, 2, 3]));
    },
  },
  {
    name: 'entries of a SecureStorage vault are there after a restart',
    async run(subject) {
      const before = await initialized(subject);
      await before.setValue('token', everything);
      const vault = await restarted(subject);
      equal(await vault.getValue('token'), everything);
    },
  },
  {
    name: 'values of a megabyte are stored and read back',
    async run(subject) {
      const before = await initialized(subject);
      const text = '0123456789abcdef'.repeat(1 << 16);
      await before.setValue('text', text);
      const bytes = Uint8Array.from({ length: 1 << 20 }, (_, place) => (place * 7) % 256);
      await before.setValue('bytes', bytes);
      const vault = await restarted(subject);
      equal((await vault.getValue<string>('text')) === text, true, 'the text is the same');
      equal((await vault.getValue<Uint8Array>('bytes'))?.join(), bytes.join());
    },
  },
  {
    name: 'undefined is stored as null',
    async run(subject) {
      const vault = await initialized(subject);
      await vault.setValue('token', undefined);
      equal(await vault.getValue('token'), null);
      equal(await vault.getKeys(), ['token']);
    },
  },
  {
    name: 'what has no JSON form is refused, and onError hears of it',
    async run(subject) {
      const vault = await initialized(subject);
      const words = heard(vault);
      await rejects(
        vault.setValue('token', () => 1),
        VaultErrorCodes.InvalidArguments,
      );
      await rejects(vault.setValue('token', 1n), VaultErrorCodes.InvalidArguments);
      await rejects(vault.setValue('token', new ArrayBuffer(1)), VaultErrorCodes.InvalidArguments);
      equal(words, ['error 3', 'error 3', 'error 3']);
      equal(await vault.isEmpty(), true);
    },
  },
  {
    name: 'a name that is too long is refused',
    async run(subject) {
      const vault = await initialized(subject);
      await vault.setValue('n'.repeat(1024), 1);
      await rejects(vault.setValue('n'.repeat(1025), 1), VaultErrorCodes.InvalidArguments);
      equal((await vault.getKeys()).length, 1);
    },
  },
  {
    name: 'removeValue removes one entry and never the vault',
    async run(subject) {
      const vault = await initialized(subject);
      await vault.setValue('a', 1);
      await vault.setValue('b', 2);
      await vault.removeValue('a');
      await vault.removeValue('a');
      equal(await vault.getValue('a'), null);
      equal(await vault.getKeys(), ['b']);
      await vault.removeValue('b');
      equal(await vault.getKeys(), []);
      equal(await vault.isEmpty(), true);
      equal(await vault.doesVaultExist(), true);
    },
  },
  {
    name: 'getKeys answers all names',
    async run(subject) {
      const vault = await initialized(subject);
      equal(await vault.getKeys(), []);
      for (const key of ['bb', 'c', 'a', '__proto__', 'ü']) {
        await vault.setValue(key, key);
      }
      equal(await vault.getKeys(), ['a', 'c', 'bb', 'ü', '__proto__']);
      equal(await vault.getValue('__proto__'), '__proto__');
    },
  },
  {
    name: 'isEmpty tells whether there are entries',
    async run(subject) {
      const vault = await initialized(subject);
      equal(await vault.isEmpty(), true);
      await vault.setValue('token', null);
      equal(await vault.isEmpty(), false);
    },
  },
  {
    name: 'exportVault gives JSON texts, and importVault takes them',
    async run(subject) {
      const vault = await initialized(subject);
      await vault.setValue('everything', everything);
      await vault.setValue('text', 'abc');
      const data = await vault.exportVault();
      equal(Object.keys(data).sort(), ['everything', 'text']);
      equal(JSON.parse(data['everything']!), everything);
      equal(data['text'], '"abc"');

      await vault.setValue('text', 'changed');
      await vault.setValue('more', 1);
      await vault.importVault(data);
      equal(await vault.getKeys(), ['text', 'everything']);
      equal(await vault.getValue('text'), 'abc');
      equal(await vault.getValue('everything'), everything);
    },
  },
  {
    name: 'importVault changes nothing if a part of it does not read',
    async run(subject) {
      const vault = await initialized(subject);
      await vault.setValue('token', 'abc');
      for (const part of ['not JSON', '', 1, undefined]) {
        const data = { a: '1', b: part } as { [key: string]: string };
        await rejects(vault.importVault(data), VaultErrorCodes.InvalidArguments);
      }
      equal(await vault.exportVault(), { token: '"abc"' });
    },
  },
  {
    name: 'clear removes the entries and the vault, and keeps the configuration at hand',
    async run(subject) {
      const vault = await initialized(subject);
      const { config } = vault;
      equal(await vault.doesVaultExist(), false);
      await vault.setValue('token', 'abc');
      equal(await vault.doesVaultExist(), true);
      await vault.clear();
      equal(await vault.doesVaultExist(), false);
      equal(await vault.isEmpty(), true);
      equal(await vault.getValue('token'), null);
      equal(vault.config, config);
      await vault.setValue('token', 'def');
      equal(await (await restarted(subject)).getValue('token'), 'def');
    },
  },
  {
    name: 'vaults of different keys know nothing of each other',
    async run(subject) {
      const one = await initialized(subject, { key: 'one' });
      const other = await initialized(subject, { key: 'other' });
      await one.setValue('token', 1);
      equal(await other.isEmpty(), true);
      await other.setValue('token', 2);
      await one.clear();
      equal(await other.getValue('token'), 2);
    },
  },
];
