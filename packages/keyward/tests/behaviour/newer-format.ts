// The sealed file as a newer Keyward might have written it, as far as this one can read such a file.

/** SPEC.md has the version behind the label -70001, in one byte. */
const LABEL = [0x3a, 0x00, 0x01, 0x11, 0x70];
/** None that there will be for a long time, and still one byte. */
const FUTURE = 23;

/** The same bytes, with another format version. */
export function inNewerFormat(bytes: Uint8Array): Uint8Array {
  const label = bytes.findIndex((_, at) => LABEL.every((byte, next) => bytes[at + next] === byte));
  if (label < 0) {
    throw new Error('there is no format version');
  }
  const newer = bytes.slice();
  newer[label + LABEL.length] = FUTURE;
  return newer;
}
