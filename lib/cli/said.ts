// What is written to a terminal. A name, a caption or a path comes from somebody else, and may hold sequences that move
// the cursor, change the title or hide text: whatever is put into a text is made harmless, and only texts are printed.

/** A text that is safe on a terminal; made by `say` and the styles. It may hold colours, which `plain` takes out. */
export class Said {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }

  /** The same without colours. */
  get plain(): string {
    return this.text.replace(COLOUR, '')
  }
}

/** What can be put into a text. */
export type Sayable = string | number | Said

// Select Graphic Rendition, ECMA-48 5th edition, 8.3.117: a `Said` holds no other controls than its ESC.
const COLOUR = /\p{Cc}\[\d+m/gu

// C0 and C1 controls, what turns the direction of text (UAX 9), lines and paragraphs, and half characters.
const UNSAFE = /[\p{Cc}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]|\p{Cs}/gu

/** A text with what it holds made harmless: say`Added ${name}`. */
export function say(words: TemplateStringsArray, ...values: Sayable[]): Said {
  return new Said(words.reduce((text, word, at) => text + safe(values[at - 1] as Sayable) + word))
}

/** Texts one after the other. */
export function join(parts: Sayable[], between: string = ''): Said {
  return new Said(parts.map(safe).join(between))
}

/** JSON in which nothing can drive a terminal either. */
export function jsonOf(value: unknown): string {
  // JSON escapes the C0 controls by itself.
  return JSON.stringify(value).replace(
    UNSAFE,
    (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`
  )
}

/** Values with unsafe characters shown as `\x1b` or `\u202e`. */
function safe(value: Sayable): string {
  if (value instanceof Said) return value.text
  return String(value).replace(UNSAFE, (one) => {
    const code = one.charCodeAt(0).toString(16)
    return code.length <= 2 ? `\\x${code.padStart(2, '0')}` : `\\u${code.padStart(4, '0')}`
  })
}

function styled(on: number, off: number): (value: Sayable) => Said {
  return (value) => new Said(`\u001b[${on}m${safe(value)}\u001b[${off}m`)
}

export const bold: (value: Sayable) => Said = styled(1, 22)
export const dim: (value: Sayable) => Said = styled(2, 22)
export const red: (value: Sayable) => Said = styled(31, 39)
export const green: (value: Sayable) => Said = styled(32, 39)
export const yellow: (value: Sayable) => Said = styled(33, 39)
