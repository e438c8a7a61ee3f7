import IndexEncoder from 'index-encoder'
import type { KeyEncoder, KeyPart, KeyRange } from 'index-encoder'
import { dayOf } from '../schema/time.ts'

// The layout of the Hyperbee. Every key is a table's number and its columns, encoded so that bytes sort as values do
// (index-encoder 3.5). Wall times get a bias that makes them positive, since only unsigned numbers are compact.

const { UINT, BUFFER, STRING } = IndexEncoder
const LOCAL_BIAS = 62_167_219_200_000
const DAY_BIAS = 719_528

function table(number: number, columns: KeyPart[]): KeyEncoder {
  return new IndexEncoder(columns, { prefix: number })
}

const tables = {
  album: table(1, []),
  member: table(2, [UINT]),
  memberId: table(3, [BUFFER]),
  device: table(4, [UINT]),
  writer: table(5, [BUFFER]),
  drive: table(6, [BUFFER]),
  invite: table(7, [BUFFER]),
  epoch: table(8, [BUFFER]),
  sealed: table(9, [BUFFER, UINT, UINT]),
  place: table(10, [BUFFER]),
  time: table(11, [UINT, BUFFER]),
  day: table(12, [UINT]),
  by: table(13, [UINT, UINT, BUFFER]),
  type: table(14, [UINT, UINT, BUFFER]),
  tag: table(15, [STRING, UINT, BUFFER]),
  favourite: table(16, [UINT, UINT, BUFFER]),
  trash: table(17, [UINT, BUFFER]),
  file: table(18, [BUFFER, BUFFER]),
  purged: table(19, [BUFFER]),
  history: table(20, [BUFFER, UINT]),
  collection: table(21, [BUFFER]),
  collected: table(22, [BUFFER, UINT, BUFFER]),
  position: table(23, [BUFFER, STRING, BUFFER]),
  hold: table(24, [UINT, UINT, UINT, UINT]),
  comment: table(25, [BUFFER, UINT, BUFFER]),
  commentId: table(26, [BUFFER]),
  reaction: table(27, [BUFFER, UINT]),
  ext: table(28, [STRING, UINT]),
  deleted: table(29, [BUFFER]),
  link: table(30, [BUFFER, BUFFER, UINT]),
  drives: table(31, [UINT, UINT]),
  live: table(32, [BUFFER, UINT, BUFFER]),
  half: table(33, [BUFFER]),
  leave: table(34, [UINT, BUFFER]),
  reign: table(35, [UINT]),
  blind: table(36, [BUFFER]),
  handed: table(37, [UINT, BUFFER]),
  allowed: table(38, [UINT])
}

type Key = Uint8Array

/** Keys of single rows. `local` is a stored wall time, `id` a photo's 32 bytes, members and devices are numbers. */
export const key = {
  album: (): Key => tables.album.encode([]),
  member: (member: number): Key => tables.member.encode([member]),
  memberId: (id: Uint8Array): Key => tables.memberId.encode([id]),
  device: (device: number): Key => tables.device.encode([device]),
  writer: (writer: Uint8Array): Key => tables.writer.encode([writer]),
  drive: (publicKey: Uint8Array): Key => tables.drive.encode([publicKey]),
  invite: (id: Uint8Array): Key => tables.invite.encode([id]),
  epoch: (epoch: Uint8Array): Key => tables.epoch.encode([epoch]),
  // What one author wrote cannot take the place of what another did.
  sealed: (epoch: Uint8Array, device: number, author: number): Key =>
    tables.sealed.encode([epoch, device, author]),
  link: (epoch: Uint8Array, under: Uint8Array, author: number): Key =>
    tables.link.encode([epoch, under, author]),
  drives: (device: number, number: number): Key => tables.drives.encode([device, number]),
  place: (id: Uint8Array): Key => tables.place.encode([id]),
  time: (local: number, id: Uint8Array): Key => tables.time.encode([local + LOCAL_BIAS, id]),
  day: (day: number): Key => tables.day.encode([day + DAY_BIAS]),
  by: (member: number, local: number, id: Uint8Array): Key =>
    tables.by.encode([member, local + LOCAL_BIAS, id]),
  type: (type: number, local: number, id: Uint8Array): Key =>
    tables.type.encode([type, local + LOCAL_BIAS, id]),
  tag: (tag: string, local: number, id: Uint8Array): Key => tables.tag.encode([tag, local + LOCAL_BIAS, id]),
  favourite: (member: number, local: number, id: Uint8Array): Key =>
    tables.favourite.encode([member, local + LOCAL_BIAS, id]),
  trash: (local: number, id: Uint8Array): Key => tables.trash.encode([local + LOCAL_BIAS, id]),
  file: (sha256: Uint8Array, id: Uint8Array): Key => tables.file.encode([sha256, id]),
  purged: (id: Uint8Array): Key => tables.purged.encode([id]),
  history: (id: Uint8Array, number: number): Key => tables.history.encode([id, number]),
  collection: (id: Uint8Array): Key => tables.collection.encode([id]),
  collected: (collection: Uint8Array, local: number, id: Uint8Array): Key =>
    tables.collected.encode([collection, local + LOCAL_BIAS, id]),
  position: (collection: Uint8Array, position: string, id: Uint8Array): Key =>
    tables.position.encode([collection, position, id]),
  hold: (device: number, drive: number, renditions: boolean, holder: number): Key =>
    tables.hold.encode([device, drive, renditions ? 1 : 0, holder]),
  comment: (photo: Uint8Array, at: number, id: Uint8Array): Key => tables.comment.encode([photo, at, id]),
  commentId: (id: Uint8Array): Key => tables.commentId.encode([id]),
  reaction: (photo: Uint8Array, member: number): Key => tables.reaction.encode([photo, member]),
  ext: (name: string, device: number): Key => tables.ext.encode([name, device]),
  deleted: (collection: Uint8Array): Key => tables.deleted.encode([collection]),
  live: (identifier: Uint8Array, moving: boolean, id: Uint8Array): Key =>
    tables.live.encode([identifier, moving ? 1 : 0, id]),
  half: (id: Uint8Array): Key => tables.half.encode([id]),
  leave: (device: number, id: Uint8Array): Key => tables.leave.encode([device, id]),
  reign: (reign: number): Key => tables.reign.encode([reign]),
  handed: (device: number, invite: Uint8Array): Key => tables.handed.encode([device, invite]),
  blind: (mirror: Uint8Array): Key => tables.blind.encode([mirror]),
  // What one device signed cannot take the place of what another did.
  allowed: (device: number): Key => tables.allowed.encode([device])
}

/** A span of wall time, `from` inclusive, `to` exclusive; open where null. */
export interface Span {
  from: number | null
  to: number | null
}

function spanOf(encoder: KeyEncoder, prefix: (number | string | Uint8Array)[], span: Span): KeyRange {
  const whole = prefix.length === 0 ? {} : { gte: prefix, lte: prefix }
  return encoder.encodeRange({
    ...whole,
    ...(span.from === null ? {} : { gte: [...prefix, span.from + LOCAL_BIAS] }),
    ...(span.to === null ? {} : { lt: [...prefix, span.to + LOCAL_BIAS], lte: undefined })
  })
}

/** Ranges of rows. */
export const range = {
  members: (): KeyRange => tables.member.encodeRange({}),
  devices: (): KeyRange => tables.device.encodeRange({}),
  invites: (): KeyRange => tables.invite.encodeRange({}),
  handed: (device: number): KeyRange => tables.handed.encodeRange({ gte: [device], lte: [device] }),
  epochs: (): KeyRange => tables.epoch.encodeRange({}),
  drives: (): KeyRange => tables.drives.encodeRange({}),
  blinds: (): KeyRange => tables.blind.encodeRange({}),
  allowed: (): KeyRange => tables.allowed.encodeRange({}),
  sealed: (epoch: Uint8Array, device: number): KeyRange =>
    tables.sealed.encodeRange({ gte: [epoch, device], lte: [epoch, device] }),
  links: (epoch: Uint8Array): KeyRange => tables.link.encodeRange({ gte: [epoch], lte: [epoch] }),
  allLinks: (): KeyRange => tables.link.encodeRange({}),
  purged: (): KeyRange => tables.purged.encodeRange({}),
  collections: (): KeyRange => tables.collection.encodeRange({}),
  days: ({ from, to }: Span): KeyRange =>
    tables.day.encodeRange({
      ...(from === null ? {} : { gte: [dayOf(from) + DAY_BIAS] }),
      ...(to === null ? {} : { lt: [dayOf(to) + DAY_BIAS] })
    }),
  time: (span: Span): KeyRange => spanOf(tables.time, [], span),
  trash: (span: Span): KeyRange => spanOf(tables.trash, [], span),
  by: (member: number, span: Span): KeyRange => spanOf(tables.by, [member], span),
  type: (type: number, span: Span): KeyRange => spanOf(tables.type, [type], span),
  tag: (tag: string, span: Span): KeyRange => spanOf(tables.tag, [tag], span),
  favourite: (member: number, span: Span): KeyRange => spanOf(tables.favourite, [member], span),
  collected: (collection: Uint8Array, span: Span): KeyRange => spanOf(tables.collected, [collection], span),
  positions: (collection: Uint8Array): KeyRange =>
    tables.position.encodeRange({ gte: [collection], lte: [collection] }),
  /** Photos, halves and what was purged, from one id to another. */
  places: (from: Uint8Array, to: Uint8Array): KeyRange =>
    tables.place.encodeRange({ gte: [from], lte: [to] }),
  files: (sha256: Uint8Array): KeyRange => tables.file.encodeRange({ gte: [sha256], lte: [sha256] }),
  live: (identifier: Uint8Array, moving: boolean): KeyRange =>
    tables.live.encodeRange({ gte: [identifier, moving ? 1 : 0], lte: [identifier, moving ? 1 : 0] }),
  history: (id: Uint8Array): KeyRange => tables.history.encodeRange({ gte: [id], lte: [id] }),
  holds: (device: number, drive: number, renditions: boolean): KeyRange =>
    tables.hold.encodeRange({
      gte: [device, drive, renditions ? 1 : 0],
      lte: [device, drive, renditions ? 1 : 0]
    })
}

/** What a key says, for rows that are read by range. */
export const parse = {
  number: (bytes: Key): number => tables.member.decode(bytes)[0] as number,
  day: (bytes: Key): number => (tables.day.decode(bytes)[0] as number) - DAY_BIAS,
  id: (bytes: Key): Uint8Array => tables.purged.decode(bytes)[0] as Uint8Array,
  file: (bytes: Key): Uint8Array => tables.file.decode(bytes)[1] as Uint8Array,
  live: (bytes: Key): Uint8Array => tables.live.decode(bytes)[2] as Uint8Array,
  place: (bytes: Key): Uint8Array => tables.place.decode(bytes)[0] as Uint8Array,
  handed: (bytes: Key): Uint8Array => tables.handed.decode(bytes)[1] as Uint8Array,
  link: (bytes: Key): { epoch: Uint8Array; under: Uint8Array } => {
    const [epoch, under] = tables.link.decode(bytes) as [Uint8Array, Uint8Array, number]
    return { epoch, under }
  },
  drives: (bytes: Key): { device: number; number: number } => {
    const [device, number] = tables.drives.decode(bytes) as [number, number]
    return { device, number }
  },
  time: (bytes: Key): { local: number; id: Uint8Array } => {
    const [local, id] = tables.time.decode(bytes) as [number, Uint8Array]
    return { local: local - LOCAL_BIAS, id }
  },
  // by, type and favourite have the same columns
  numbered: (bytes: Key): { local: number; id: Uint8Array } => {
    const [, local, id] = tables.by.decode(bytes) as [number, number, Uint8Array]
    return { local: local - LOCAL_BIAS, id }
  },
  tag: (bytes: Key): { local: number; id: Uint8Array } => {
    const [, local, id] = tables.tag.decode(bytes) as [string, number, Uint8Array]
    return { local: local - LOCAL_BIAS, id }
  },
  collected: (bytes: Key): { local: number; id: Uint8Array } => {
    const [, local, id] = tables.collected.decode(bytes) as [Uint8Array, number, Uint8Array]
    return { local: local - LOCAL_BIAS, id }
  },
  position: (bytes: Key): { position: string; id: Uint8Array } => {
    const [, position, id] = tables.position.decode(bytes) as [Uint8Array, string, Uint8Array]
    return { position, id }
  },
  hold: (bytes: Key): { device: number; drive: number; renditions: boolean; holder: number } => {
    const [device, drive, renditions, holder] = tables.hold.decode(bytes) as [number, number, number, number]
    return { device, drive, renditions: renditions === 1, holder }
  }
}

/** Which photo a changed row belongs to, or null where it is none of a photo's own rows. */
export function photoOf(bytes: Key): Uint8Array | null {
  const first = bytes[0]
  if (first === 10) return tables.place.decode(bytes)[0] as Uint8Array
  if (first === 11) return parse.time(bytes).id
  if (first === 17) return parse.time(bytes).id
  return null
}

/** Whether a changed row is a collection's own: what is in it, its photos say. */
export function isCollection(bytes: Key): boolean {
  return bytes[0] === 21
}

/** Whether a changed row is of a photo that was deleted for good. */
export function isPurged(bytes: Key): boolean {
  return bytes[0] === 19
}

/** Whether a changed row is a receipt. */
export function isHold(bytes: Key): boolean {
  return bytes[0] === 24
}
