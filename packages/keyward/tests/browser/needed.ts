import { existsSync } from 'node:fs';

/** The path of a program; says which of Debian's packages has it when it is not there. */
export function needed(path: string, debianPackage: string): string {
  if (!existsSync(path)) {
    throw new Error(`${path} is missing. As root: apt-get install ${debianPackage}`);
  }
  return path;
}
