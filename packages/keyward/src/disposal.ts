// `using` and `await using`, for those whose compiler and libraries know them. The types must not
// name the symbols outright, because older libraries of TypeScript do not have them.

/** What `using` needs, where TypeScript's libraries have `Symbol.dispose`. */
export type MaybeDisposable = {
  [S in SymbolConstructor extends { readonly dispose: infer T } ? T & symbol : never]: () => void;
};

/** What `await using` needs, where TypeScript's libraries have `Symbol.asyncDispose`. */
export type MaybeAsyncDisposable = {
  [
    S in SymbolConstructor extends { readonly asyncDispose: infer T } ? T & symbol : never
  ]: () => Promise<void>;
};

const symbols: { readonly dispose?: symbol; readonly asyncDispose?: symbol } = Symbol;

/** Makes `end` something that `using` calls. */
export function disposable<T extends () => void>(end: T): T & MaybeDisposable {
  if (symbols.dispose) {
    Object.defineProperty(end, symbols.dispose, { value: end });
  }
  return end as T & MaybeDisposable;
}

/** Makes `resource` something that `await using` closes. */
export function makeAsyncDisposable(resource: { close(): Promise<void> }) {
  if (symbols.asyncDispose) {
    Object.defineProperty(resource, symbols.asyncDispose, { value: () => resource.close() });
  }
}
