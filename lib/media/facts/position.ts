/** A place: degrees (WGS 84) and metres. */
export interface Position {
  latitude: number
  longitude: number
  altitude: number | null
}

/** A place of numbers as they were found; null where they are none, or 0, 0, which is what is written for nowhere. */
export function positionOf(latitude: unknown, longitude: unknown, altitude?: unknown): Position | null {
  if (typeof latitude !== 'number' || typeof longitude !== 'number') return null
  if (!(Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180)) return null
  if (latitude === 0 && longitude === 0) return null
  // From the bottom of the sea to beyond all balloons.
  const high = typeof altitude === 'number' && altitude > -12_000 && altitude < 100_000
  return { latitude, longitude, altitude: high ? altitude : null }
}

const ISO6709 = /^([+-]\d+(?:\.\d+)?)([+-]\d+(?:\.\d+)?)([+-]\d+(?:\.\d+)?)?(?:CRS[^/]*)?\/?\s*$/

/** A place as QuickTime writes it (ISO 6709, degrees): `+52.2097-000.8955+081.379/`. */
export function parseIso6709(text: unknown): Position | null {
  if (typeof text !== 'string') return null
  const match = ISO6709.exec(text.slice(0, 128).trim())
  if (!match) return null
  const altitude = match[3] === undefined ? null : Number(match[3])
  return positionOf(Number(match[1]), Number(match[2]), altitude)
}

/**
 * `loci`, the place in videos of many phones (3GPP TS 26.244, 8.10): version, flags and language in 6 bytes, a name that
 * ends with 0 (in UTF-16 where it begins so), what the place is in a byte, and then longitude, latitude and altitude in
 * 1/65536.
 */
export function parseLoci(bytes: unknown): Position | null {
  if (!(bytes instanceof Uint8Array)) return null
  const wide = (bytes[6] === 0xfe && bytes[7] === 0xff) || (bytes[6] === 0xff && bytes[7] === 0xfe)
  const step = wide ? 2 : 1
  let at = 6
  while (at + step <= bytes.byteLength && !(bytes[at] === 0 && (!wide || bytes[at + 1] === 0))) at += step
  at += step + 1
  if (at + 12 > bytes.byteLength) return null
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const number = (offset: number): number => view.getInt32(at + offset) / 65_536
  return positionOf(number(4), number(0), number(8))
}
