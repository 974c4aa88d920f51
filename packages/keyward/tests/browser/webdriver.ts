import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';

/** A browser that speaks WebDriver, in one session: https://www.w3.org/TR/webdriver2/. */
export class WebDriver {
  private constructor(
    private readonly process: ChildProcess,
    private readonly session: string,
  ) {}

  /** Starts a driver and with it a browser. `{port}` in `command` is replaced. */
  static async start(command: readonly string[], capabilities: object): Promise<WebDriver> {
    const port = await freePort();
    const [program, ...parameters] = command.map((word) => word.replace('{port}', String(port)));
    // A group of its own, which ends as one.
    const process = spawn(program!, parameters, { stdio: 'ignore', detached: true });
    const origin = `http://127.0.0.1:${port}`;
    try {
      await listening(process, origin);
      const { sessionId } = await request<{ sessionId: string }>('POST', `${origin}/session`, {
        capabilities: { alwaysMatch: capabilities },
      });
      return new WebDriver(process, `${origin}/session/${sessionId}`);
    } catch (error) {
      end(process);
      throw error;
    }
  }

  goto(url: string): Promise<unknown> {
    return request('POST', `${this.session}/url`, { url });
  }

  /**
   * Runs the body of a function in the page; its last argument is called with the result. Waits as
   * long as the session's timeout for scripts says.
   */
  run<T>(body: string, ...parameters: unknown[]): Promise<T> {
    return request('POST', `${this.session}/execute/async`, { script: body, args: parameters });
  }

  async close() {
    await request('DELETE', this.session).catch(() => undefined);
    end(this.process);
  }
}

function end({ pid }: ChildProcess) {
  try {
    process.kill(-pid!, 'SIGTERM');
  } catch {
    // It has ended by itself.
  }
}

async function request<T>(method: string, url: string, body?: object): Promise<T> {
  const response = await fetch(url, {
    method,
    ...(body && { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }),
  });
  const { value } = (await response.json()) as {
    value: T & { error?: string; message?: string };
  };
  if (!response.ok) {
    throw new Error(`${value.error}: ${value.message}`);
  }
  return value;
}

/** Waits until the driver answers. */
async function listening(process: ChildProcess, origin: string) {
  for (;;) {
    if (process.exitCode !== null) {
      throw new Error(`${process.spawnargs.join(' ')} ended with ${process.exitCode}`);
    }
    const answered = await fetch(`${origin}/status`).then(
      (response) => response.ok,
      () => false,
    );
    if (answered) {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
