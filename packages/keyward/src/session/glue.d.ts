// The glue that wasm-bindgen generates for crates/keyward-session-wasm, as scripts/build.js wraps it.

export interface Glue {
  default(options: { module_or_path: WebAssembly.Module }): Promise<unknown>;
  SessionPort: new (
    config: unknown,
    vault: string,
    doors: unknown,
    endpoint: (url: string) => Promise<string | undefined>,
    onEvent: (event: never) => void,
  ) => SessionPort;
}

export interface SessionPort {
  signal(signal: 'locked' | 'unlocked' | 'changed'): void;
  bearer_now(): string | undefined;
  bearer(): Promise<string>;
  another(refused: string): Promise<string>;
  begin(tokens: unknown): Promise<void>;
  sign_in(credentials: string): Promise<void>;
  logout(): Promise<unknown>;
  view(): Promise<unknown>;
  set_fields(json: string): Promise<void>;
  send_revocations(): Promise<unknown>;
  close(): void;
}

/** Runs the glue. The module itself is still to be given to its `default`. */
export function load(): Glue;
