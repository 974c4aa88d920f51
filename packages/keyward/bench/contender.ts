/** A place for entries, as an app would use it. */
export interface Contender {
  get(name: string): Promise<unknown>;
  /** When it resolves, the entry is as durable as this place makes it. */
  set(name: string, value: unknown): Promise<void>;
  setMany(entries: Record<string, unknown>): Promise<void>;
}
