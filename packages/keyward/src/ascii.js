// Bytes as ASCII text that compresses about as well as the bytes do: nearly every byte is one
// character, always the same one, so that what repeats in the bytes repeats in the text. (Base64,
// which does not keep bytes apart, takes a fifth more after compression.)

/** Printable, and never in need of an escape in a string, a template or a script element. */
const CHARACTERS =
  ' !#%&()*+,-./0123456789:;=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_abcdefghijklmnopqrstuvwxyz';

/** `{`, `|` or `}`: the next character's byte is one, two or three pages further on. */
const NO_MARK = 122;

const PAGE = CHARACTERS.length;

/**
 * @param {Uint8Array} bytes
 * @returns {string}
 */
export function toAscii(bytes) {
  return Array.from(bytes, (byte) => {
    const page = Math.floor(byte / PAGE);
    return (page > 0 ? String.fromCharCode(NO_MARK + page) : '') + CHARACTERS[byte % PAGE];
  }).join('');
}

/**
 * @param {string} text What `toAscii` made.
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function fromAscii(text) {
  const offsets = new Uint8Array(128);
  for (let place = 0; place < PAGE; place++) {
    offsets[CHARACTERS.charCodeAt(place)] = place;
  }
  const bytes = new Uint8Array(text.length);
  let length = 0;
  let page = 0;
  for (let place = 0; place < text.length; place++) {
    const code = text.charCodeAt(place);
    if (code > NO_MARK) {
      page = (code - NO_MARK) * PAGE;
    } else {
      bytes[length++] = page + /** @type {number} */ (offsets[code]);
      page = 0;
    }
  }
  return bytes.slice(0, length);
}
