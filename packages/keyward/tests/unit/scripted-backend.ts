import type { Backend, Port } from '../../src/backend.js';
import type { Answer, Call, Notice } from '../../src/messages.js';

/** An engine that answers what a test says, and remembers what it was asked. */
export class ScriptedBackend implements Backend {
  readonly calls: Call[] = [];
  answer: (call: Call) => Answer<unknown> | Promise<Answer<unknown>> = () => ({ ok: null });
  notify!: (notice: Notice) => void;
  closed = false;

  open(_lifetime: string, onNotice: (notice: Notice) => void): Port {
    this.notify = onNotice;
    return {
      call: (call) => {
        this.calls.push(structuredClone(call));
        return this.answer(call);
      },
      close: () => {
        this.closed = true;
      },
    };
  }

  async device(): Promise<Answer<unknown>> {
    return { ok: null };
  }

  /** The names of the calls. */
  get names(): string[] {
    return this.calls.map(({ call }) => call);
  }
}

/** Long enough for every promise that can settle to have settled. */
export const settled = () => new Promise<void>((resolve) => setTimeout(resolve));
