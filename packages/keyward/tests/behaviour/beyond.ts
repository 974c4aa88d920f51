// What Keyward has beyond the surface that it replaces.

import { type Vault, type VaultEvent, VaultErrorCodes, VaultType } from 'keyward';

import { equal, ok, rejects } from './check.js';
import type { Case } from './subject.js';
import { initialized, restarted } from './vaults.js';

const bytes = new Uint8Array([0, 1, 2, 254, 255]);

export const beyond: Case[] = [
  {
    name: 'bytes are read back as bytes, also after a restart and an export',
    async run(subject) {
      const before = await initialized(subject);
      await before.setValue('bytes', bytes);
      await before.setValue('none', new Uint8Array());
      const vault = await restarted(subject);
      equal(await vault.getValue('bytes'), bytes);
      equal(await vault.getValue('none'), new Uint8Array());

      const data = await vault.exportVault();
      equal(data['bytes'], '{"keyward:bytes":"AAEC/v8="}');
      await vault.clear();
      await vault.importVault(data);
      equal(await vault.getValue('bytes'), bytes);
    },
  },
  {
    name: 'setMany sets several entries: all of them or none',
    async run(subject) {
      const vault = await initialized(subject);
      await vault.setMany({ a: 1, b: bytes });
      await vault.setMany(new Map([['c', 3]]));
      await vault.setMany([
        ['a', 0],
        ['a', 2],
      ]);
      equal(await vault.exportVault(), { a: '2', b: '{"keyward:bytes":"AAEC/v8="}', c: '3' });
      const wrong = { d: 1, ['n'.repeat(1025)]: 1 };
      await rejects(vault.setMany(wrong), VaultErrorCodes.InvalidArguments);
      await rejects(vault.setMany({ d: 1, e: () => 1 }), VaultErrorCodes.InvalidArguments);
      await rejects(vault.setMany([1] as never), VaultErrorCodes.InvalidArguments);
      equal(await vault.getKeys(), ['a', 'b', 'c']);
    },
  },
  {
    name: 'addMany sets what has a free name, and overwrites nothing',
    async run(subject) {
      const vault = await initialized(subject);
      equal(await vault.addMany({ a: 1, b: bytes }), []);
      equal(
        await vault.addMany(
          new Map<string, unknown>([
            ['c', 3],
            ['a', 2],
          ]),
        ),
        ['a'],
      );
      equal(await vault.exportVault(), { a: '1', b: '{"keyward:bytes":"AAEC/v8="}', c: '3' });
      await rejects(vault.addMany({ d: () => 1 }), VaultErrorCodes.InvalidArguments);
      equal(await vault.getKeys(), ['a', 'b', 'c']);
    },
  },
  {
    name: 'a sealed copy opens with its passphrase alone, in any vault',
    async run(subject) {
      const vault = await initialized(subject);
      await vault.setMany({ token: 'abc', bytes });
      const sealed = await vault.exportSealed('correct horse');
      ok(sealed instanceof Uint8Array, 'the sealed copy is bytes');
      const other = await initialized(subject, { key: 'other', type: VaultType.InMemory });
      await other.setValue('more', 1);
      await rejects(other.importSealed(sealed, 'wrong'), VaultErrorCodes.AuthFailed);
      await rejects(other.importSealed(bytes, 'correct horse'), VaultErrorCodes.InvalidArguments);
      equal(await other.getKeys(), ['more']);
      await other.importSealed(sealed, 'correct horse');
      equal(await other.getKeys(), ['bytes', 'token']);
      equal(await other.getValue('bytes'), bytes);
    },
  },
  {
    name: 'assurance and inspect tell what protects the entries, without a key',
    async run(subject) {
      const vault = await initialized(subject);
      const before = await vault.inspect();
      // Where the device's memory of its vaults cannot be asked, nothing is written so early.
      const written = subject.remembers || !subject.asks;
      equal(before.stored?.empty, written ? true : undefined);
      equal(
        before.stored?.slots.map(({ kind }) => kind),
        written ? ['blank'] : undefined,
      );
      await vault.setValue('token', 'abc');
      const { phase, stored } = await vault.inspect();
      equal(phase, 'unlocked');
      equal(stored?.empty, false);
      equal(
        stored?.slots.map(({ kind }) => kind),
        ['device-store'],
      );
      ok((stored?.sealedBytes ?? 0) > 100, 'something is stored');
      const assurance = await vault.assurance();
      equal(assurance.userVerified, false);
      equal(assurance, stored?.slots[0]?.assurance);
    },
  },
  {
    name: 'enroll makes the key before there is an entry',
    async run(subject) {
      const vault = await initialized(subject);
      await vault.enroll();
      equal(await vault.isEmpty(), true);
      equal(
        (await vault.inspect()).stored?.slots.map(({ kind }) => kind),
        ['device-store'],
      );
    },
  },
  {
    name: 'subscribers hear every event, in order, until they leave',
    async run(subject) {
      const vault = await initialized(subject);
      const events: VaultEvent['type'][] = [];
      const changes: string[] = [];
      const leave = vault.subscribe(({ type }) => events.push(type));
      const leaveToo = vault.on('configChanged', ({ config }) => changes.push(config.type));
      await vault.updateConfig({ ...vault.config, type: VaultType.InMemory });
      await rejects(vault.setValue('token', 1n), VaultErrorCodes.InvalidArguments);
      await vault.lock();
      leaveToo();
      await vault.updateConfig({ ...vault.config, type: VaultType.SecureStorage });
      leave();
      await vault.updateConfig({ ...vault.config, type: VaultType.InMemory });
      equal(events, ['configChanged', 'error', 'lock', 'configChanged']);
      equal(changes, ['InMemory']);
    },
  },
  {
    name: 'close ends the handle after the calls under way, and what is stored stays',
    async run(subject) {
      const vault = await initialized(subject);
      vault.onError(() => ok(false, 'no listener hears anything after close'));
      const written = vault.setValue('token', 'abc');
      const closed = vault.close();
      await rejects(vault.getValue('token'), VaultErrorCodes.Stopped);
      await Promise.all([written, closed, vault.close()]);
      equal(await (await initialized(subject)).getValue('token'), 'abc');
    },
  },
  {
    name: 'await using closes',
    async run(subject) {
      const vault = await initialized(subject);
      // Compilers bring the symbol along where the platform does not have it yet.
      const dispose = (Symbol.asyncDispose as symbol | undefined) ? Symbol.asyncDispose : 'close';
      await (vault as AsyncDisposable & Vault)[dispose]();
      await rejects(vault.getValue('token'), VaultErrorCodes.Stopped);
    },
  },
];
