// How a vault is, in each state that it can come into, and the way out of each.

import { VaultErrorCodes, VaultType } from 'keyward';

import { equal, ok, rejects } from './check.js';
import type { Case, Subject } from './subject.js';
import { config, heard, initialized, passcodeVault, restarted } from './vaults.js';

/** It reads as one. */
const ANY_CODE = '00000-00000-00000-00000-00000-3XRBM';

async function stored(subject: Subject) {
  const vault = await initialized(subject);
  await vault.setValue('token', 'abc');
  await subject.restart();
}

export const losses: Case[] = [
  {
    name: 'health tells an empty vault, one that is well, and one that is locked',
    async run(subject) {
      const vault = await initialized(subject);
      const { condition, nextStep, registry } = await vault.health();
      equal([condition, nextStep], ['empty', 'nothing']);
      equal(registry, subject.remembers ? 'works' : subject.asks ? 'failed' : 'absent');
      await vault.setValue('token', 'abc');
      equal((await vault.health()).condition, 'intact');
      await vault.clear();
      const locked = await passcodeVault(subject, { key: 'locked' });
      await locked.lock();
      const health = await locked.health();
      equal([health.condition, health.nextStep], ['locked', 'unlock']);
      equal(health.keySeen, true);
      equal(await locked.isLocked(), true, 'whether it is still locked');
    },
  },
  {
    name: 'health answers before initialize as soon as it is known which vault is meant',
    async run(subject) {
      const vault = subject.open();
      const early = vault.health();
      await vault.initialize(config());
      equal((await early).condition, 'empty');
    },
  },
  {
    name: 'health tells a damaged vault, although initialize rejects',
    async run(subject) {
      await stored(subject);
      await subject.damage();
      const vault = subject.open();
      await rejects(vault.initialize(config()), VaultErrorCodes.Damaged);
      const { condition, nextStep } = await vault.health();
      equal([condition, nextStep], ['damaged', 'restore-copy']);
    },
  },
  {
    name: 'what a newer Keyward has written is told and kept, and the program that knows it opens it',
    async run(subject) {
      const vault = await initialized(subject);
      await vault.setValue('token', 'abc');
      const code = await vault.enrollRecovery();
      await subject.restart();
      const update = await subject.writeNewer();
      const old = subject.open();
      await rejects(old.initialize(config()), VaultErrorCodes.TooNew);
      for (const call of [
        old.getValue('token'),
        old.setValue('token', 'def'),
        old.isEmpty(),
        old.unlock(),
        old.recover({ code }),
      ]) {
        await rejects(call, VaultErrorCodes.TooNew);
      }
      const { condition, nextStep } = await old.health();
      equal([condition, nextStep], ['too-new', 'update-program']);
      await subject.restart();
      await update();
      const updated = await initialized(subject);
      equal(await updated.getValue('token'), 'abc');
      await updated.recover({ code });
      equal(await (await restarted(subject)).getValue('token'), 'abc');
    },
  },
  {
    name: 'health tells a lost key without a prompt, and so does checkKey',
    async run(subject) {
      await stored(subject);
      await subject.loseKeys();
      const vault = await initialized(subject);
      const words = heard(vault);
      const { condition, provider } = await vault.health();
      equal(condition, 'key-lost');
      ok(provider !== undefined, 'it says whose key is lost');
      equal(words, []);
      await rejects(vault.checkKey(), VaultErrorCodes.InvalidatedCredential);
      equal(await vault.isEmpty(), false, 'whether the sealed entries are gone');
    },
  },
  {
    name: 'a key that was made in the place of a lost one is not taken for it, and the code recovers',
    async run(subject) {
      const vault = await initialized(subject);
      await vault.setValue('token', 'abc');
      const code = await vault.enrollRecovery();
      await subject.restart();
      await subject.remakeKeys();
      const lost = await initialized(subject);
      const { condition, nextStep } = await lost.health();
      equal([condition, nextStep], ['key-lost', 'recover']);
      await rejects(lost.getValue('token'), VaultErrorCodes.InvalidatedCredential);
      await rejects(lost.checkKey(), VaultErrorCodes.InvalidatedCredential);
      await lost.recover({ code });
      equal(await (await restarted(subject)).getValue('token'), 'abc');
    },
  },
  {
    name: 'checkKey resolves for a key that is there, and for a vault without one',
    async run(subject) {
      const vault = await initialized(subject);
      await vault.checkKey();
      await vault.setValue('token', 'abc');
      await vault.checkKey();
      equal(await vault.getValue('token'), 'abc');
    },
  },
  {
    name: 'a recovery code opens a vault whose keys are lost, is told from others, and stays good',
    async run(subject) {
      const vault = await initialized(subject);
      await vault.setValue('token', 'abc');
      equal((await vault.health()).recoverable, false);
      await rejects(vault.recover({ code: ANY_CODE }), VaultErrorCodes.NoRecovery);
      const earlier = await vault.enrollRecovery();
      const code = await vault.enrollRecovery();
      ok(/^([0-9A-Z]{5}-){5}[0-9A-Z]{5}$/.test(code), `${code.length} characters are six groups`);
      equal((await vault.health()).recoverable, true);
      for (const typed of [code, ` ${code.toLowerCase().replaceAll('-', ' ')} `]) {
        await subject.restart();
        await subject.loseKeys();
        const lost = await initialized(subject);
        const { condition, nextStep } = await lost.health();
        equal([condition, nextStep], ['key-lost', 'recover']);
        const wrong = await rejects(
          lost.recover({ code: earlier }),
          VaultErrorCodes.WrongRecoveryCode,
        );
        equal(wrong['attemptsLeft'], 4);
        const mistyped = lost.recover({ code: code.slice(1) });
        await rejects(mistyped, VaultErrorCodes.NotARecoveryCode);
        await lost.recover({ code: typed });
        equal(await lost.getValue('token'), 'abc');
        await lost.setValue('again', true);
      }
      const last = await restarted(subject);
      equal(await last.getKeys(), ['again', 'token']);
      await last.revokeRecovery();
      await rejects(last.recover({ code }), VaultErrorCodes.NoRecovery);
      equal((await last.health()).recoverable, false);
    },
  },
  {
    name: 'a recovery key opens the vault, and a copy that was sealed for it',
    async run(subject) {
      const algorithm = { name: 'ECDH', namedCurve: 'P-256' };
      const pair = await crypto.subtle.generateKey(algorithm, true, ['deriveBits']);
      const publicKey = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey));
      const { d } = await crypto.subtle.exportKey('jwk', pair.privateKey);
      const base64 = d!.replaceAll('-', '+').replaceAll('_', '/');
      const key = Uint8Array.from(atob(base64), (byte) => byte.charCodeAt(0));

      const vault = await initialized(subject);
      await vault.setValue('token', 'abc');
      const short = vault.enrollRecoveryKey({ publicKey: publicKey.slice(1) });
      await rejects(short, VaultErrorCodes.NotARecoveryKey);
      await vault.enrollRecoveryKey({ publicKey });
      const copy = await vault.exportSealed({ publicKey });
      await subject.restart();
      await subject.loseKeys();
      const lost = await initialized(subject);
      const another = lost.recover({ key: new Uint8Array(32).fill(1) });
      await rejects(another, VaultErrorCodes.WrongRecoveryKey);
      await lost.recover({ key });
      equal(await lost.getValue('token'), 'abc');

      const other = await initialized(subject, { key: 'other' });
      await rejects(other.importSealed(copy, 'a passphrase'), VaultErrorCodes.InvalidArguments);
      await other.importSealed(copy, { key });
      equal(await other.getValue('token'), 'abc');
    },
  },
  {
    name: 'there is nothing to recover in memory',
    async run(subject) {
      const vault = await initialized(subject, { type: VaultType.InMemory });
      await rejects(vault.enrollRecovery(), VaultErrorCodes.NothingToRecover);
    },
  },
  {
    name: 'a vault whose bytes have vanished is no new one, and updateConfig and clear lead out of it',
    remembers: true,
    async run(subject) {
      await stored(subject);
      await subject.loseBytes();
      const vault = subject.open();
      vault.onPasscodeRequested(() => ok(false, 'nobody is asked'));
      const words = heard(vault);
      await rejects(vault.initialize(config()), VaultErrorCodes.KeyNotFound);
      for (const call of [
        vault.getValue('token'),
        vault.setValue('token', 'def'),
        vault.unlock(),
        vault.isEmpty(),
        vault.getKeys(),
      ]) {
        await rejects(call, VaultErrorCodes.KeyNotFound);
      }
      const { condition, nextStep } = await vault.health();
      equal([condition, nextStep], ['vanished', 'find-bytes']);

      words.length = 0;
      await vault.updateConfig({ ...vault.config, type: VaultType.SecureStorage });
      await vault.clear();
      equal(words, []);
      equal(await vault.isEmpty(), true);
      equal((await vault.health()).condition, 'empty');
      await vault.setValue('token', 'def');
      equal(await (await restarted(subject)).getValue('token'), 'def');
    },
  },
  {
    name: 'a vault that was cleared, or never had an entry, is not missed',
    async run(subject) {
      const vault = await initialized(subject);
      await vault.setValue('token', 'abc');
      await vault.clear();
      await subject.restart();
      await subject.loseBytes();
      const again = await initialized(subject, { type: VaultType.CustomPasscode });
      equal((await again.health()).condition, 'empty');
      await subject.restart();
      await subject.loseBytes();
      equal((await (await initialized(subject)).health()).condition, 'empty');
    },
  },
  {
    name: 'where nothing is remembered elsewhere, a vault whose bytes are gone looks like a new one',
    remembers: false,
    async run(subject) {
      await stored(subject);
      await subject.loseBytes();
      const vault = await initialized(subject);
      equal((await vault.health()).condition, 'empty');
      equal(await vault.getValue('token'), null);
    },
  },
  {
    name: 'capabilities tell what this device can hold, without a prompt',
    async run(subject) {
      await subject.person('absent');
      const { secureStorage, customPasscode, inMemory, both } = await subject.open().capabilities();
      equal([secureStorage, customPasscode, inMemory], Array(3).fill({ state: 'available' }));
      if (subject.asks) {
        equal([both.state, both.obstacle], ['unavailable', 'no-verification']);
      } else {
        equal(both, { state: 'available' });
      }
    },
  },
  {
    name: 'where the device verifies people, only making the key tells whether it can make one',
    asks: true,
    verifies: true,
    async run(subject) {
      await subject.person('recognised');
      const { both, biometrics, systemPasscode } = await subject.open().capabilities();
      equal([both, biometrics, systemPasscode], Array(3).fill({ state: 'cannot-tell' }));
    },
  },
];
