// JSON has numbers of any length, and JavaScript has not.

/** Texts have to be told from numbers: of a JSON text, where they begin and end, and all numbers. */
const PARTS = /\\.|"|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?/gi;

/**
 * Whether JavaScript holds all numbers of a JSON text: as they are written, or as a language that
 * writes 17 digits for the same number would write it. `text` has to be JSON.
 */
export function holdsNumbers(text: string): boolean {
  let inText = false;
  for (const [part] of text.matchAll(PARTS)) {
    if (part === '"') {
      inText = !inText;
    } else if (!inText) {
      const held = Number(part);
      const written = decimal(part);
      if (written !== decimal(String(held)) && written !== decimal(held.toPrecision(17))) {
        return false;
      }
    }
  }
  return true;
}

/** One form for all that say the same number: its digits without zeros around them, and a power. */
function decimal(text: string): string {
  const [, sign = '', whole = '', part = '', power = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i.exec(text) ?? [];
  const digits = (whole + part).replace(/^0+/, '');
  let end = digits.length;
  while (end > 0 && digits[end - 1] === '0') {
    end -= 1;
  }
  const exponent = Number(power) - part.length + (digits.length - end);
  return end === 0 ? '0' : `${sign}${digits.slice(0, end)}e${exponent}`;
}
