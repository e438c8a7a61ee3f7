import { type In, type Out, encode, tryDecode } from './codec.ts'
import { MAX_LOCAL } from './time.ts'

/** Type numbers of ops, fixed for ever. */
export const OP = {
  found: 1,
  hello: 2,
  invite: 3,
  'revoke-invite': 4,
  admit: 5,
  member: 6,
  delegate: 7,
  'set-role': 8,
  remove: 9,
  device: 10,
  epoch: 11,
  photos: 12,
  edit: 13,
  withdraw: 14,
  trash: 15,
  restore: 16,
  purge: 17,
  collection: 18,
  collect: 19,
  comment: 20,
  react: 21,
  favourite: 22,
  hold: 23,
  promise: 24,
  release: 25,
  heirs: 26,
  'raise-version': 27,
  ext: 28,
  rename: 29,
  'hand-over': 30,
  'take-over': 31,
  answer: 32,
  blind: 33,
  allow: 34
} as const

export type OpType = keyof typeof OP

/** An op's bytes are ignored by every reducer above this size; the library writes none of more than four fifths of it. */
export const MAX_OP_BYTES = 262_144

const names = new Map<number, OpType>(Object.entries(OP).map(([name, number]) => [number, name as OpType]))

/** The name of an op type, or null where this program knows none. */
export function opName(type: number): OpType | null {
  return names.get(type) ?? null
}

export interface OpOptions {
  /** Milliseconds since 1970, by the author's clock. */
  at?: number
  /** Id of the member in whose name it is. */
  as?: Uint8Array | null
  /** The album version from which it counts. */
  version?: number
}

/** Encodes an op as it stands in a writer core. */
export function encodeOp<T extends OpType>(type: T, body: In[T], options: OpOptions = {}): Uint8Array {
  return encode('op', {
    version: options.version ?? 1,
    type: OP[type],
    at: options.at ?? Date.now(),
    as: options.as ?? null,
    body: encode(type, body)
  })
}

// The envelope is read by the first schema for ever, so that all programs agree on which bytes are one.
const ENVELOPE_SCHEMA = 1

/** The envelope of an op, or null where the bytes are too many, not one, or of a time that no calendar has. */
export function decodeOp(bytes: Uint8Array): Out['op'] | null {
  const op = bytes.byteLength > MAX_OP_BYTES ? null : tryDecode('op', bytes, ENVELOPE_SCHEMA)
  return op !== null && op.at <= MAX_LOCAL ? op : null
}

/** Fields of an `edit`, as bits. */
export const CAPTION = 1
export const TAGS = 2
export const CAPTURED = 4
