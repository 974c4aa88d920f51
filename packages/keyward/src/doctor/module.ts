// The doctor as WebAssembly: a module of its own, in the script itself.

import { fromAscii } from '../ascii.js';
import bytes from './engine/engine.wasm';
import { load, type Glue } from './glue.js';

let loaded: Promise<Glue> | undefined;

/** The doctor, compiled once. Rejects where WebAssembly may not be compiled. */
export function module(): Promise<Glue> {
  loaded ??= WebAssembly.compile(fromAscii(bytes)).then((compiled) => {
    const glue = load();
    glue.initSync({ module: compiled });
    return glue;
  });
  return loaded;
}
