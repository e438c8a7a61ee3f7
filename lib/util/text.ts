// Halves of characters that lie outside of the first 65,536: UTF-8 has no way to write one.
const HALVES = /\p{Cs}/gu

/** A text as the album keeps it, so that what comes back is the same: in Unicode's normal form C, of whole characters. */
export function keptText(text: string): string {
  return text.replace(HALVES, '\ufffd').normalize('NFC')
}

/** The beginning of such a text, of at most so many characters, and cut through none. */
export function clippedText(text: string, length: number): string {
  return keptText(text).slice(0, length).replace(HALVES, '')
}
