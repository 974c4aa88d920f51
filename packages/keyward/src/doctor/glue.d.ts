// The glue that wasm-bindgen generates for crates/keyward-doctor-wasm, as scripts/build.js wraps it.

export interface Glue {
  initSync(options: { module: WebAssembly.Module }): unknown;
  maxFileLength(): number;
  maxFiles(): number;
  enters(path: string): boolean;
  wanted(path: string): boolean;
  examine(found: string, colour: boolean): string;
  examinePage(page: string): string;
}

/** Runs the glue. The module itself is still to be given to its `initSync`. */
export function load(): Glue;
