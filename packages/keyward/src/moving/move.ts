/** Something that an app stores, and moves into a vault. */
export interface Source {
  /** The names of what is to be moved. */
  names(): Promise<readonly string[]>;
  /** What is stored under that name; `undefined` if there is nothing (any more). */
  read(name: string): Promise<unknown>;
  /** Removes what is stored under that name. */
  remove(name: string): Promise<void>;
}

/** The part of a `Vault` that moving takes. A vault whose entries end with a tab or a lock is none. */
export interface Destination {
  /** The configuration that holds. */
  readonly config: { readonly type: string } | undefined;
  /** Whether what is stored of it verifies. */
  health(): Promise<{ readonly condition: string }>;
  /** All names. */
  getKeys(): Promise<string[]>;
  /** Sets those whose names are free, in one commit; answers the names that are taken. */
  addMany(entries: Iterable<readonly [string, unknown]>): Promise<string[]>;
  /** One value. */
  getValue(name: string): Promise<unknown>;
}

/** What has become of the move. */
export interface Moved {
  /** In the vault, read back from it, and gone from the source. */
  moved: string[];
  /**
   * The vault has another value under that name, or the source got another one during the move, or
   * its value has a number that JavaScript cannot hold. All have been left as they are, and the
   * source's may be the only copy: decide, and move again.
   */
  conflicts: string[];
}

/** What a source of this package reads in place of a value that would not arrive as it is. */
export const stays = Symbol('a value that would not arrive as it is');

/**
 * Moves everything from `source` into `vault`: copies it in one commit, reads it back, and only then
 * removes it from the source. A move that was killed, at whatever point, is gone on with by calling
 * it again: what is in the vault already, with the same value, is removed from the source. Nothing
 * that the vault has is overwritten, not even what another tab stores during the move. Unlocks.
 *
 * @throws If the vault's entries would not outlive a lock (an `InMemory` vault) or the tab (a
 * `BrowserVault`), or what is stored of it does not verify. Then nothing is removed.
 */
export async function move(source: Source, vault: Destination): Promise<Moved> {
  // The class itself would bring the whole engine along.
  if ((vault as { _lifetime?: unknown })._lifetime === 'tab') {
    throw new TypeError('a BrowserVault ends with its tab: nothing can be moved into it');
  }
  // Initialisation has passed once a call has been answered.
  await vault.getKeys();
  if (vault.config?.type === 'InMemory') {
    throw new TypeError('an InMemory vault ends with a lock: nothing can be moved into it');
  }
  const outcome: Moved = { moved: [], conflicts: [] };
  const values = new Map<string, unknown>();
  for (const name of await source.names()) {
    const value = await source.read(name);
    if (value === stays) {
      outcome.conflicts.push(name);
    } else if (value !== undefined) {
      values.set(name, value);
    }
  }
  await vault.addMany(values);
  const { condition } = await vault.health();
  if (values.size > 0 && condition !== 'intact') {
    throw new Error(`what is stored of the vault does not verify now (${condition})`);
  }
  for (const [name, value] of values) {
    const arrived = same(await vault.getValue(name), value);
    // Another tab may have written meanwhile, and that must not get lost.
    if (arrived && same(await source.read(name), value)) {
      await source.remove(name);
      outcome.moved.push(name);
    } else {
      outcome.conflicts.push(name);
    }
  }
  return outcome;
}

/** Whether two values have the same JSON form, in whatever order their members are. */
function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one, inOrder) === JSON.stringify(other, inOrder);
}

function inOrder(_name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return value;
  }
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
