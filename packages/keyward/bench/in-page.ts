import type { Contender } from './contender.js';

declare global {
  interface Window {
    /** Imports a contender, opens it and reads an entry; milliseconds until it was open. */
    openContender(name: string): Promise<number>;
    /** Milliseconds of one turn of a task among `size` entries. */
    measure(name: string, task: keyof typeof tasks, size: number): Promise<number>;
  }
}

/** 1 KiB as JSON, about the size of a token. */
const VALUE = { token: 'x'.repeat(1024 - 12) };
const entries = (size: number) =>
  Object.fromEntries(Array.from({ length: size }, (_, number) => [`entry${number}`, VALUE]));

/** The clock of a page is coarse. */
const READS = 500;
const WRITES = 5;

const opened = new Map<string, Contender>();

const tasks = {
  async fill(contender: Contender, size: number) {
    const all = entries(size);
    for (let turn = 0; turn < WRITES; turn++) {
      await contender.setMany(all);
    }
  },
  async read(contender: Contender, size: number) {
    for (let turn = 0; turn < READS; turn++) {
      await contender.get(`entry${turn % size}`);
    }
  },
  async write(contender: Contender, size: number) {
    for (let turn = 0; turn < WRITES; turn++) {
      await contender.set(`entry${turn % size}`, VALUE);
    }
  },
};

const turns = { fill: WRITES, read: READS, write: WRITES };

window.openContender = async (name) => {
  const begun = performance.now();
  const { open } = (await import(`/${name}.js`)) as { open(): Promise<Contender> };
  const contender = await open();
  const ready = performance.now() - begun;
  opened.set(name, contender);
  return ready;
};

window.measure = async (name, task, size) => {
  const begun = performance.now();
  await tasks[task](opened.get(name)!, size);
  return (performance.now() - begun) / turns[task];
};
