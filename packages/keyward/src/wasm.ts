// The engine as WebAssembly, in the module itself: no file to fetch, nothing for a bundler to know.

import { fromAscii } from './ascii.js';
import type { Backend, Lifetime, Port } from './backend.js';
import bytes from './engine/engine.wasm';
import { DeviceErrorCodes, invalidArguments, UNREADABLE, VaultErrorCodes } from './errors.js';
import { load, type Glue, type GluePort } from './glue.js';
import type { Answer, Call, ErrorMessage, Notice } from './messages.js';

export const wasm: Backend = {
  open: (lifetime, onNotice) => new WasmPort(lifetime, onNotice),

  async device(call) {
    const message = JSON.stringify(call);
    try {
      const glue = await engine();
      return JSON.parse(await glue.device(message)) as Answer<unknown>;
    } catch (thrown) {
      return { error: unavailable(DeviceErrorCodes.SecurityNotAvailable, thrown) };
    }
  },
};

class WasmPort implements Port {
  private port: GluePort | undefined;
  private closed = false;
  private readonly opening: Promise<GluePort>;

  constructor(
    lifetime: Lifetime,
    private readonly onNotice: (notice: Notice) => void,
  ) {
    this.opening = engine().then((glue) => {
      this.port = new glue.VaultPort(lifetime, (notice) => this.tell(JSON.parse(notice)));
      return this.port;
    });
    // It is told to whoever calls.
    this.opening.catch(() => undefined);
  }

  call(call: Call): Answer<unknown> | Promise<Answer<unknown>> {
    const message = written(call);
    if (!this.port) {
      return this.callWhenOpen(message);
    }
    const answer = this.port.call(message);
    return typeof answer === 'string' ? JSON.parse(answer) : answer.then(JSON.parse);
  }

  close() {
    this.closed = true;
    this.opening.then(
      (port) => port.free(),
      () => undefined,
    );
  }

  // Order holds: what waits here is called right after `port` has been set, before anyone can make
  // another call.
  private callWhenOpen(message: string): Promise<Answer<unknown>> {
    return this.opening.then(
      async (port) => JSON.parse(await port.call(message)) as Answer<unknown>,
      (thrown) => {
        const error = unavailable(VaultErrorCodes.VaultUnavailable, thrown);
        this.tell({ notice: 'failed', error });
        return { error };
      },
    );
  }

  private tell(notice: Notice) {
    if (!this.closed) {
      this.onNotice(notice);
    }
  }
}

/** @throws `InvalidArguments` for what JSON has no words for, such as a cycle. */
function written(call: Call): string {
  try {
    return JSON.stringify(call);
  } catch {
    throw invalidArguments(UNREADABLE);
  }
}

let loading: Promise<Glue> | undefined;

/** The engine, which all vaults share. */
function engine(): Promise<Glue> {
  loading ??= instantiate().catch((thrown) => {
    // The next vault tries again.
    loading = undefined;
    throw thrown;
  });
  return loading;
}

async function instantiate(): Promise<Glue> {
  const glue = load();
  await glue.default({ module_or_path: await WebAssembly.compile(fromAscii(bytes)) });
  return glue;
}

function unavailable(code: number, thrown: unknown): ErrorMessage {
  const reason = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : 'unknown reason';
  return {
    code,
    kind: 'EngineUnavailable',
    message: `the engine could not be started here (${reason}); does the page's content security policy allow 'wasm-unsafe-eval'?`,
  };
}
