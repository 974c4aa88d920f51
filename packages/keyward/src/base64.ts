/** How many bytes are turned into characters at a time: a multiple of 3, so that the pieces join. */
const CHUNK = 3 * 8192;

export function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let start = 0; start < bytes.length; start += CHUNK) {
    text += btoa(String.fromCharCode(...bytes.subarray(start, start + CHUNK)));
  }
  return text;
}

export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const characters = atob(text);
  const bytes = new Uint8Array(characters.length);
  for (let place = 0; place < bytes.length; place++) {
    bytes[place] = characters.charCodeAt(place);
  }
  return bytes;
}
