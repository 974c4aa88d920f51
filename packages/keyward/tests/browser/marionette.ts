import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { needed } from './needed.js';

/** A virtual authenticator that makes passkeys with the PRF extension for whoever asks. */
const AUTHENTICATOR = {
  protocol: 'ctap2_1',
  transport: 'internal',
  hasResidentKey: true,
  hasUserVerification: true,
  isUserConsenting: true,
  isUserVerified: true,
};

/** Firefox's own virtual authenticator stands in for the device's, and no other is looked for. */
const SETTINGS = {
  'marionette.port': 0,
  'security.webauth.webauthn_enable_softtoken': true,
  'security.webauth.webauthn_enable_usbtoken': false,
};

/**
 * Firefox, by the protocol that its own driver speaks: only there it has an authenticator. Messages
 * are JSON arrays behind their length in bytes: `[0, id, command, parameters]` and
 * `[1, id, error, result]`.
 */
export class Marionette {
  readonly #waiting = new Map<number, (message: [error: unknown, result: unknown]) => void>();
  #received = Buffer.alloc(0);
  #last = 0;

  private constructor(
    private readonly browser: ChildProcess,
    private readonly profile: string,
    private readonly socket: Socket,
  ) {
    socket.on('data', (bytes) => this.#receive(bytes as Buffer));
    socket.on('close', () => {
      this.#waiting.forEach((answer) => answer([{ message: 'Firefox has gone' }, null]));
    });
  }

  static async start(): Promise<Marionette> {
    const profile = await mkdtemp(join(tmpdir(), 'keyward-firefox-'));
    const settings = Object.entries(SETTINGS).map(
      ([name, value]) => `user_pref(${JSON.stringify(name)}, ${value});\n`,
    );
    await writeFile(join(profile, 'user.js'), settings.join(''));
    const words = ['--headless', '--marionette', '--no-remote', '--profile', profile];
    // A group of its own, which ends as one.
    const browser = spawn(needed('/usr/bin/firefox-esr', 'firefox-esr'), words, {
      stdio: 'ignore',
      detached: true,
    });
    const socket = connect(await portOf(browser, profile), '127.0.0.1');
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    const marionette = new Marionette(browser, profile, socket);
    await marionette.#ask('WebDriver:NewSession', { timeouts: { script: 30_000 } });
    return marionette;
  }

  goto(url: string): Promise<unknown> {
    return this.#ask('WebDriver:Navigate', { url });
  }

  /** Runs the body of a function in the page; its last argument is called with the result. */
  async run<T>(script: string, ...args: unknown[]): Promise<T> {
    const result = await this.#ask('WebDriver:ExecuteAsyncScript', { script, args });
    return (result as { value: T }).value;
  }

  /** Gives the page an authenticator without passkeys, and answers its name. */
  async addAuthenticator(): Promise<string> {
    const result = await this.#ask('WebAuthn:AddVirtualAuthenticator', AUTHENTICATOR);
    return (result as { value: string }).value;
  }

  /** The ids of its passkeys for `host`. To see a person, Firefox makes others for nobody. */
  async passkeys(authenticatorId: string, host = 'localhost'): Promise<string[]> {
    const result = await this.#ask('WebAuthn:GetCredentials', { authenticatorId });
    const { value } = result as { value: { credentialId: string; rpId: string }[] };
    return value.filter(({ rpId }) => rpId === host).map((it) => it.credentialId);
  }

  removePasskey(authenticatorId: string, credentialId: string): Promise<unknown> {
    return this.#ask('WebAuthn:RemoveCredential', { authenticatorId, credentialId });
  }

  async close() {
    const ended = new Promise((resolve) => this.browser.once('exit', resolve));
    this.socket.destroy();
    end(this.browser);
    await ended;
    await rm(this.profile, { recursive: true, force: true, maxRetries: 5 });
  }

  #ask(command: string, parameters: object): Promise<unknown> {
    const id = ++this.#last;
    const message = JSON.stringify([0, id, command, parameters]);
    this.socket.write(`${Buffer.byteLength(message)}:${message}`);
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, ([error, result]) =>
        error ? reject(new Error(`${command}: ${JSON.stringify(error)}`)) : resolve(result),
      );
    });
  }

  #receive(bytes: Buffer) {
    this.#received = Buffer.concat([this.#received, bytes]);
    for (;;) {
      const colon = this.#received.indexOf(':');
      const end = colon + 1 + Number(this.#received.subarray(0, Math.max(colon, 0)).toString());
      if (colon < 0 || this.#received.length < end) {
        return;
      }
      const message = JSON.parse(this.#received.subarray(colon + 1, end).toString());
      this.#received = this.#received.subarray(end);
      // The first one greets.
      if (Array.isArray(message)) {
        const [, id, error, result] = message;
        this.#waiting.get(id)?.([error, result]);
        this.#waiting.delete(id);
      }
    }
  }
}

/** Firefox writes down which port it was given. */
async function portOf(browser: ChildProcess, profile: string): Promise<number> {
  for (;;) {
    if (browser.exitCode !== null) {
      throw new Error(`Firefox ended with ${browser.exitCode}`);
    }
    const text = await readFile(join(profile, 'MarionetteActivePort'), 'utf8').catch(() => '');
    if (Number(text) > 0) {
      return Number(text);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function end({ pid }: ChildProcess) {
  try {
    process.kill(-pid!, 'SIGTERM');
  } catch {
    // It has ended by itself.
  }
}
