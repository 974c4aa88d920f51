// Just enough to check with, in any place where JavaScript runs.

import type { DeviceErrorCodes, VaultErrorCodes } from 'keyward';

export function equal(actual: unknown, expected: unknown, what = 'the result') {
  const [is, should] = [shown(actual), shown(expected)];
  if (is !== should) {
    throw new Error(`${what} is ${short(is)} and should be ${short(should)}`);
  }
}

export function ok(holds: boolean, what: string) {
  if (!holds) {
    throw new Error(`it should be that ${what}`);
  }
}

/** Checks that `promise` rejects with an `Error` of that code, and returns it. */
export async function rejects<T extends Error = Error & Record<string, unknown>>(
  promise: Promise<unknown>,
  code: VaultErrorCodes | DeviceErrorCodes,
): Promise<T> {
  const error: unknown = await promise.then(
    (value) => {
      throw new Error(`it should reject with ${code} and resolved with ${shown(value)}`);
    },
    (error: unknown) => error,
  );
  if (!(error instanceof Error) || (error as { code?: unknown }).code !== code) {
    throw new Error(`it should reject with ${code} and rejected with ${shown(error)}`);
  }
  return error as T;
}

/** Waits until `holds`, for as long as the test may take. */
export async function until(holds: () => boolean | Promise<boolean>) {
  while (!(await holds())) {
    await pause(5);
  }
}

export const pause = (milliseconds: number) =>
  new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

const short = (text: string) => (text.length > 300 ? `${text.slice(0, 300)}…` : text);

/** As JSON with sorted members, except for what JSON cannot tell apart. */
function shown(value: unknown): string {
  if (value instanceof Uint8Array) {
    return `bytes [${value.join()}]`;
  }
  if (value instanceof Error) {
    return `${value} (code ${(value as { code?: unknown }).code})`;
  }
  if (value === undefined) {
    return 'undefined';
  }
  return JSON.stringify(value, (_, part: unknown) =>
    part && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
