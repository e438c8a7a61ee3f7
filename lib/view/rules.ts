import type { Out } from '../schema/codec.ts'
import type { AlbumRow, DeviceRow, MemberRow, PhotoRecord } from './rows.ts'

// Who may do what. The reducer asks here for every op, whatever the program that wrote it believed; the public
// interface asks here too, to say FORBIDDEN before it writes an op that would not count.

/** Roles by number. Append only. */
export const ROLES = ['owner', 'contributor', 'viewer', 'mirror'] as const
export type RoleName = (typeof ROLES)[number]

export const OWNER = 0
export const CONTRIBUTOR = 1
export const VIEWER = 2
export const MIRROR = 3

/** On whose behalf an op is: a member (by number) through a device. */
export interface Author {
  member: number
  memberRow: MemberRow
  device: number
  deviceRow: DeviceRow
  /** Whether the device acts for another member, by delegation. */
  delegated: boolean
}

export function isOwner(author: Author): boolean {
  return author.memberRow.role === OWNER
}

/** Members, roles, invites for new people, the album's name and version: owners, at their own devices. */
export function mayManage(author: Author): boolean {
  return isOwner(author) && !author.delegated
}

/**
 * Answering an invite for another person that somebody else's device made: whoever comes in as an owner can do
 * everything, so that only an owner's device lets one in.
 */
export function mayAnswer(member: MemberRow, role: number): boolean {
  return role !== OWNER || member.role === OWNER
}

/** The name of a member: its own, at its own devices, or anybody's as an owner. */
export function mayRename(author: Author, member: number): boolean {
  return mayManage(author) || (author.member === member && !author.delegated)
}

/** Photos, captions, tags, dates and collections. */
export function mayContribute(author: Author): boolean {
  return author.memberRow.role === OWNER || author.memberRow.role === CONTRIBUTOR
}

/** Favourites, comments, reactions. */
export function maySpeak(author: Author): boolean {
  return author.memberRow.role !== MIRROR
}

/** An owner yields only to owners admitted earlier, so that two who remove each other leave one standing. */
function outranks(author: Author, member: number, row: MemberRow): boolean {
  return row.role !== OWNER || author.member <= member
}

/** Changing the role of a member: owners. */
export function mayGovern(author: Author, member: number, row: MemberRow): boolean {
  return mayManage(author) && outranks(author, member, row)
}

/** Removing a member or its devices, and letting a device act in its name: owners, and the member itself. */
export function mayActFor(author: Author, member: number, row: MemberRow): boolean {
  return !author.delegated && (author.member === member || mayGovern(author, member, row))
}

/**
 * Removing a device (by its number) of a member: who may act for the member, and an owner whose device took over the index
 * from that one, or nobody could remove a stolen device of the founder's.
 */
export function mayRemoveDevice(
  author: Author,
  device: number,
  { member }: DeviceRow,
  row: MemberRow,
  { indexer, displaced }: Pick<AlbumRow, 'indexer' | 'displaced'>
): boolean {
  const tookOver = mayManage(author) && author.device === indexer && device === displaced
  return mayActFor(author, member, row) || tookOver
}

export function mayTrash(author: Author): boolean {
  return isOwner(author)
}

/** A contributor may take back what is theirs. */
export function mayWithdraw(author: Author, record: PhotoRecord): boolean {
  const own = record.contributions.some((one) => one.member === author.member && !one.withdrawn)
  return mayContribute(author) && (own || record.half?.by?.includes(author.member) === true)
}

export function mayRestore(author: Author, record: PhotoRecord): boolean {
  if (isOwner(author)) return true
  const own = record.contributions.some((one) => one.member === author.member)
  return mayContribute(author) && own && record.trashed?.withdrawn === true
}

/** For good: owners, and a contributor where nobody else ever added the photo. */
export function mayPurge(author: Author, record: PhotoRecord): boolean {
  return (
    isOwner(author) ||
    (mayContribute(author) && record.contributions.every((one) => one.member === author.member))
  )
}

/**
 * Whether a photo that was deleted for good stays so when a member adds its bytes again. An owner's word holds against
 * everybody; a contributor's only against itself, since it may not delete what others add.
 */
export function isGone(purged: Out['purged'], member: number): boolean {
  return purged.byOwner || purged.by === member
}

export function mayDeleteCollection(author: Author, by: number): boolean {
  return isOwner(author) || (mayContribute(author) && by === author.member)
}

/** Bounds of what people write: characters, or items in a list. Longer ones do not count. */
export const LIMITS = {
  name: 200,
  fileName: 1024,
  caption: 10_000,
  comment: 10_000,
  tag: 100,
  tags: 100,
  collections: 100,
  ids: 1000,
  photosPerOp: 500,
  contributions: 64,
  contributionsOfMember: 8,
  placeholder: 64,
  // Photos that are looked at which say that they belong together: anybody may say so of theirs.
  tied: 16,
  // Bytes of a file and blocks of a core: what no disk holds only serves to make others count.
  fileBytes: 17_592_186_044_416,
  blocks: 4_294_967_296,
  // What every device fetches by itself.
  thumbnailBytes: 1_048_576,
  previewBytes: 33_554_432,
  // Numbers of a receipt, two for each range.
  ranges: 4000,
  zone: 64,
  // A side of a picture, and milliseconds of a video.
  pixels: 1_000_000,
  duration: 31_536_000_000,
  position: 200,
  heirs: 100,
  members: 1000,
  devices: 5000,
  devicesOfMember: 100,
  blindMirrors: 16,
  // A device has a pair of drives for each epoch, also for some that the log's order undid.
  undoneEpochs: 64,
  // Places of a deleted photo's bytes that are remembered.
  purged: 256
} as const

/** Whether a text is within its bound and not empty. */
export function isName(text: string | null): text is string {
  return text !== null && text.length > 0 && text.length <= LIMITS.name
}

export function areTags(tags: string[]): boolean {
  return tags.length <= LIMITS.tags && tags.every((tag) => tag.length > 0 && tag.length <= LIMITS.tag)
}
