import type { Session } from 'keyward/session';
import { shallowRef } from 'vue';

export const CALLS = 50;

/** From when to when, in milliseconds after the calls began. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface Call extends Span {
  readonly ok: boolean;
}

/** What happened so far, for the time line. */
export interface Picture {
  /** In the order in which they were answered. */
  readonly calls: readonly Call[];
  readonly refreshes: readonly Span[];
  /** How long all of it took, in milliseconds. */
  readonly length: number;
}

/** Calls the API fifty times at once with a token that has expired, and takes down what happens. */
export const useFiftyCalls = () => {
  const picture = shallowRef<Picture | undefined>();
  /** For how many seconds the token's end is still waited for. */
  const waiting = shallowRef(0);

  const untilExpired = async (session: Session): Promise<void> => {
    for (;;) {
      const left = (await session.view())?.expiresIn ?? 0;
      waiting.value = Math.ceil(left / 1000);
      if (left <= 0) return;
      await new Promise((resolve) => setTimeout(resolve, Math.min(left, 250)));
    }
  };

  /** Rejects with what the first call rejected with, if no call was answered. */
  const callFifty = async (session: Session, url: string): Promise<Picture> => {
    picture.value = undefined;
    await untilExpired(session);
    const begun = performance.now();
    const now = (): number => performance.now() - begun;
    const refreshes: { from: number; to: number }[] = [];
    const calls: Call[] = [];
    let problem: unknown;
    const show = (): Picture =>
      (picture.value = { calls: [...calls], refreshes: refreshes.map((it) => ({ ...it })), length: now() });

    const stop = session.subscribe(({ type }) => {
      const last = refreshes.at(-1);
      if (type === 'refreshing') refreshes.push({ from: now(), to: Number.NaN });
      else if (last && Number.isNaN(last.to)) last.to = now();
      show();
    });
    const call = async (number: number): Promise<void> => {
      const from = now();
      const ok = await session.fetch(`${url}${number}`).then(
        (answer) => answer.ok,
        (error: unknown) => {
          problem ??= error;
          return false;
        },
      );
      calls.push({ from, to: now(), ok });
      show();
    };
    try {
      await Promise.all(Array.from({ length: CALLS }, (_, index) => call(index + 1)));
    } finally {
      stop();
    }
    if (problem !== undefined && !calls.some(({ ok }) => ok)) {
      picture.value = undefined;
      throw problem;
    }
    return show();
  };

  return { picture, waiting, callFifty };
};
