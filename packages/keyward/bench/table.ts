import { cpus, loadavg } from 'node:os';

import type { Quartiles } from './ratio.js';

export function time(milliseconds: number): string {
  return milliseconds < 1 ? `${digits(milliseconds * 1000)} µs` : `${digits(milliseconds)} ms`;
}

export function between({ low, median, high }: Quartiles, shown = digits): string {
  return `${shown(median)} (${shown(low)}–${shown(high)})`;
}

export function digits(number: number): string {
  return number >= 100 ? number.toFixed(0) : number.toPrecision(number < 0.1 ? 2 : 3);
}

/** Markdown. The first line is the head. */
export function table(cells: readonly (readonly string[])[]): string {
  const widths = cells[0]!.map((_, column) =>
    Math.max(...cells.map((line) => [...line[column]!].length)),
  );
  const lines = cells.map(
    (line) => `| ${line.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`,
  );
  lines.splice(1, 0, `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`);
  return lines.join('\n');
}

export const load = () => loadavg()[0]!.toFixed(2);

/** What was measured on. */
export const machine = (chromium: string, before: string) =>
  `Chromium ${chromium}, ${cpus().length} × ${cpus()[0]!.model.trim()}, load before ${before} and after ${load()}.`;
