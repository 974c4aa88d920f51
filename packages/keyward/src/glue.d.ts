// The glue that wasm-bindgen generates for crates/keyward-wasm, as scripts/build.js wraps it.

export interface Glue {
  default(options: { module_or_path: WebAssembly.Module }): Promise<unknown>;
  VaultPort: new (lifetime: string, onNotice: (notice: string) => void) => GluePort;
  device(message: string): Promise<string>;
}

export interface GluePort {
  /** The answer, at once when it is known at once. A promise of it never rejects. */
  call(message: string): string | Promise<string>;
  free(): void;
}

/** Runs the glue. The engine itself is still to be given to its `default`. */
export function load(): Glue;
