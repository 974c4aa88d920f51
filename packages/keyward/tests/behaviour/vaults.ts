// What the cases have in common.

import { type IdentityVaultConfig, type Vault, VaultType } from 'keyward';

import type { Subject } from './subject.js';

export function config(more: Partial<IdentityVaultConfig> = {}): IdentityVaultConfig {
  return { key: 'session', type: VaultType.SecureStorage, ...more };
}

export async function initialized(
  subject: Subject,
  more: Partial<IdentityVaultConfig> = {},
): Promise<Vault> {
  const vault = subject.open();
  await vault.initialize(config(more));
  return vault;
}

/** Ends the app, starts it again and attaches to the vault that it had. */
export async function restarted(subject: Subject): Promise<Vault> {
  await subject.restart();
  return initialized(subject);
}

/** Answers each passcode request with the next of `passcodes`, and tells what was asked. */
export function answering(vault: Vault, ...passcodes: string[]): boolean[] {
  const asked: boolean[] = [];
  vault.onPasscodeRequested((isPasscodeSetRequest, onComplete) => {
    asked.push(isPasscodeSetRequest);
    onComplete(passcodes.shift() ?? '');
  });
  return asked;
}

/** A vault with the passcode "2580" and the entry `token`, unlocked. */
export async function passcodeVault(
  subject: Subject,
  more: Partial<IdentityVaultConfig> = {},
): Promise<Vault> {
  const vault = await initialized(subject, { type: VaultType.CustomPasscode, ...more });
  await vault.setCustomPasscode('2580');
  await vault.setValue('token', 'abc');
  return vault;
}

/** What the vault tells, in short words, in its order. */
export function heard(vault: Vault): string[] {
  const words: string[] = [];
  vault.onLock(({ timeout }) => words.push(timeout ? 'locked by time' : 'locked'));
  vault.onUnlock(() => words.push('unlocked'));
  vault.onConfigChanged(({ type }) => words.push(`config ${type}`));
  vault.onError(({ code }) => words.push(`error ${code}`));
  return words;
}
