// A picture as plain pixels, and as the simplest file that holds them together with their colour profile.

/** Interleaved rows of 8-bit samples, without gaps between them. */
export interface Pixels {
  data: Uint8Array
  width: number
  height: number
  channels: 1 | 2 | 3 | 4
}

// TIFF 6.0: tags, and the field types SHORT, LONG and UNDEFINED.
const SHORT = 3
const LONG = 4
const UNDEFINED = 7
const ENTRY_BYTES = 12

/**
 * An uncompressed TIFF of RGB or RGBA pixels with an ICC profile: sharp takes a profile with a file, not with plain
 * pixels.
 */
export function tiffOf(pixels: Pixels, profile: Uint8Array): Uint8Array {
  const { data, width, height, channels } = pixels
  const bits = Array<number>(channels).fill(8)
  const count = channels === 4 ? 11 : 10
  const bitsAt = 8 + 2 + count * ENTRY_BYTES + 4
  const profileAt = bitsAt + bits.length * 2
  const dataAt = profileAt + profile.byteLength + (profile.byteLength % 2)
  const bytes = new Uint8Array(dataAt + data.byteLength)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, 0x49492a00)
  view.setUint32(4, 8, true)
  view.setUint16(8, count, true)
  let at = 10
  const entry = (tag: number, type: number, values: number, value: number): void => {
    view.setUint16(at, tag, true)
    view.setUint16(at + 2, type, true)
    view.setUint32(at + 4, values, true)
    view.setUint32(at + 8, value, true)
    at += ENTRY_BYTES
  }
  entry(256, LONG, 1, width)
  entry(257, LONG, 1, height)
  entry(258, SHORT, bits.length, bitsAt)
  entry(259, SHORT, 1, 1) // not compressed
  entry(262, SHORT, 1, 2) // RGB
  entry(273, LONG, 1, dataAt)
  entry(277, SHORT, 1, channels)
  entry(278, LONG, 1, height)
  entry(279, LONG, 1, data.byteLength)
  if (channels === 4) entry(338, SHORT, 1, 2) // alpha, not multiplied in
  entry(34675, UNDEFINED, profile.byteLength, profileAt)
  bits.forEach((value, i) => view.setUint16(bitsAt + i * 2, value, true))
  bytes.set(profile, profileAt)
  bytes.set(data, dataAt)
  return bytes
}
