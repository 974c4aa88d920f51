// The logic of sessions as WebAssembly, in the module itself, as the engine is in `../wasm.ts`.

import { fromAscii } from '../ascii.js';
import bytes from './engine/engine.wasm';
import { SessionError, SessionErrorCodes } from './errors.js';
import { load, type Glue } from './glue.js';

let loading: Promise<Glue> | undefined;

/** The module, which all sessions share. */
export function engine(): Promise<Glue> {
  loading ??= instantiate().catch((thrown: unknown) => {
    // The next session tries again.
    loading = undefined;
    const reason = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : 'unknown reason';
    throw new SessionError(
      SessionErrorCodes.EngineUnavailable,
      `sessions could not be started here (${reason}); does the page's content security policy allow 'wasm-unsafe-eval'?`,
    );
  });
  return loading;
}

async function instantiate(): Promise<Glue> {
  const glue = load();
  await glue.default({ module_or_path: await WebAssembly.compile(fromAscii(bytes)) });
  return glue;
}
