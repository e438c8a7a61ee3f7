import b4a from 'b4a'

/** The bytes of a hex text of this many bytes, or null where it is none. */
export function fromHex(text: unknown, length: number): Uint8Array | null {
  if (typeof text !== 'string' || text.length !== length * 2 || !/^[0-9a-f]*$/.test(text)) return null
  return b4a.from(text, 'hex')
}

export function toHex(bytes: Uint8Array): string {
  return b4a.toString(bytes, 'hex')
}
