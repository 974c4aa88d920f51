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

export interface Picture {
  readonly calls: readonly Call[];
  readonly refreshes: readonly Span[];
  /** How long all of it took, in milliseconds. */
  readonly length: number;
}

/** Calls the API fifty times at once with a token that has grown old, and takes down what happens. */
export const useFiftyCalls = () => {
  const picture = shallowRef<Picture | undefined>();
  /** For how many seconds the token is still waited for. */
  const waiting = shallowRef(0);

  const untilOld = async (session: Session): Promise<void> => {
    for (;;) {
      const left = (await session.view())?.expiresIn ?? 0;
      waiting.value = Math.ceil(left / 1000);
      if (left <= 0) return;
      await new Promise((resolve) => setTimeout(resolve, Math.min(left, 250)));
    }
  };

  const call = async (session: Session, url: string): Promise<Picture> => {
    picture.value = undefined;
    await untilOld(session);
    const begun = performance.now();
    const now = (): number => performance.now() - begun;
    const refreshes: { from: number; to: number }[] = [];
    const calls: Call[] = [];
    const show = (): Picture => {
      picture.value = { calls: [...calls], refreshes: [...refreshes], length: now() };
      return picture.value;
    };
    const stop = session.subscribe(({ type }) => {
      if (type === 'refreshing') refreshes.push({ from: now(), to: Number.NaN });
      const last = refreshes.at(-1);
      if (type === 'refreshed' && last) last.to = now();
    });
    try {
      await Promise.all(
        Array.from({ length: CALLS }, async (_, number) => {
          const from = now();
          const ok = await session.fetch(`${url}${number + 1}`).then(
            (answer) => answer.ok,
            () => false,
          );
          calls.push({ from, to: now(), ok });
          show();
        }),
      );
    } finally {
      stop();
    }
    return show();
  };

  return { picture, waiting, call };
};
