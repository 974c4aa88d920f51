// Plain text, and durable some time later: context, not a rival.

import type { Contender } from './contender.js';

export async function open(): Promise<Contender> {
  return {
    async get(name) {
      const text = localStorage.getItem(name);
      return text === null ? null : JSON.parse(text);
    },
    async set(name, value) {
      localStorage.setItem(name, JSON.stringify(value));
    },
    async setMany(entries) {
      for (const [name, value] of Object.entries(entries)) {
        localStorage.setItem(name, JSON.stringify(value));
      }
    },
  };
}
