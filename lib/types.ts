/// <reference lib="esnext.disposable" preserve="true" />

// The public types. They name nothing of Node, of the DOM or of the packages below, so that a program which
// installs hyperalbum needs no other types to compile.

/** What a member may do. An owner may do everything; a `mirror` is a device that keeps copies. */
export type Role = 'owner' | 'contributor' | 'viewer' | 'mirror'

/** Which bytes of a photo: the file as it was added, or a smaller rendition of it. */
export type Variant = 'original' | 'preview' | 'thumbnail' | 'motion'

/**
 * Where a capture date comes from, best first: `sidecar` is a file beside the photo, `gps` the time of the satellites;
 * `file` and `added` are weak.
 */
export type DateSource = 'member' | 'caller' | 'sidecar' | 'metadata' | 'gps' | 'name' | 'file' | 'added'

/** The part of `AbortSignal` that is used. */
export interface Signal {
  readonly aborted: boolean
  readonly reason?: unknown
  addEventListener(type: 'abort', listener: () => void): void
  removeEventListener(type: 'abort', listener: () => void): void
}

/** Every operation that waits takes these. */
export interface Wait {
  /** Ends the wait with `ABORTED`. */
  signal?: Signal
  /** Ends the wait with `TIMEOUT` after so many milliseconds. */
  timeout?: number
}

/** The part of a `Blob` or `File` that is used. */
export interface BlobLike {
  readonly size: number
  readonly name?: string
  readonly lastModified?: number
  stream(): AsyncIterable<Uint8Array> | { getReader(): unknown }
}

/** A photo to add: a path, its bytes, a Blob or File, or a stream of bytes. */
export type Source = string | Uint8Array | BlobLike | AsyncIterable<Uint8Array>

/** A file as `add` takes it from `addAll`: a source, or a source with options of its own. */
export type SourceWithOptions = Source | ({ source: Source } & Omit<AddOptions, keyof Wait>)

/** When a photo was taken. Photos are sorted by `local`, the wall clock's time where it was taken. */
export interface CapturedAt {
  /** Wall time, `YYYY-MM-DDTHH:mm:ss.sss`. */
  local: string
  /** Minutes east of UTC, or null where nobody knows. */
  offsetMinutes: number | null
  /** IANA zone name, or null. */
  zone: string | null
  /** The instant in ISO 8601, where the offset is known. */
  utc: string | null
  source: DateSource
  precision: 'second' | 'day' | 'year'
}

/** A date as a caller may give it: a `Date` (an instant, kept with offset 0), an ISO string, or the parts. */
export type DateInput =
  | Date
  | string
  | {
      local: string
      offsetMinutes?: number | null
      zone?: string | null
      precision?: CapturedAt['precision']
    }

/** Where a photo was taken: degrees (WGS 84) and metres. */
export interface Location {
  latitude: number
  longitude: number
  altitude: number | null
}

/** A person, as shown beside a photo. */
export interface Author {
  id: string
  name: string
}

/** A file of a photo: a Live Photo has two. */
export interface PhotoFile {
  role: 'original' | 'motion' | 'sidecar'
  /** SHA-256 of the bytes, hex. */
  sha256: string
  /** Bytes. */
  size: number
  /** MIME type. */
  type: string
}

/** One photo or video of the album. */
export interface Photo {
  /** SHA-256 of the original's bytes, hex. */
  id: string
  /** The file's name when it was added. */
  name: string
  /** MIME type of the original, from its bytes. */
  type: string
  /** Bytes of the original. */
  size: number
  /** Pixels as seen; null where not known. */
  width: number | null
  height: number | null
  /** Seconds, for videos. */
  duration: number | null
  capturedAt: CapturedAt
  location: Location | null
  camera: string | null
  /** A thumbhash, about 21 bytes. */
  placeholder: Uint8Array | null
  files: PhotoFile[]
  /** Who added it first. */
  by: Author
  /** The device it was added with. */
  via: { id: string; name: string }
  /** Other members who added the same bytes. */
  alsoBy: Author[]
  /** ISO 8601, by the clock of the device that added it. */
  addedAt: string
  caption: string
  tags: string[]
  /** Whether the member asking marked it as a favourite. */
  favourite: boolean
  /** Ids of the members who did. */
  favouriteOf: string[]
  /** Ids of the collections it is in. */
  collections: string[]
  /** Ids of photos that belong to this one. */
  related: string[]
  trashed: { by: Author; at: string } | null
  /** Some of the picture is missing or broken; the original is kept as it came. */
  damaged: boolean
}

/** What a caller can say of a photo when adding it. */
export interface AddOptions extends Wait {
  /** The file's name; taken from the path or File otherwise. */
  name?: string
  capturedAt?: DateInput
  caption?: string
  tags?: string[]
  /** Id of a collection, or several. */
  collection?: string | string[]
  /** Takes a trashed photo out of the trash instead of answering `trashed`. */
  restore?: boolean
  /** The bytes of the file's XMP sidecar, or of its JSON in a Google Takeout: date, place, caption and tags in them. */
  sidecar?: Uint8Array
  /** A video's picture (JPEG, PNG or WebP): a browser can make one. */
  frame?: Uint8Array
}

/** What became of one source given to `addAll`. */
export interface AddResult {
  source: SourceWithOptions
  status: 'added' | 'duplicate' | 'trashed' | 'failed'
  photo: Photo | null
  error: Error | null
}

/**
 * What the album knows of a file's bytes: nothing (`new`); that others added them (`shared`: adding them makes this
 * device one more that has them); that this device did (`duplicate`); that they are in the trash, or were deleted for good.
 */
export type KnownStatus = 'new' | 'shared' | 'duplicate' | 'trashed'

/** How far an `addAll`, a `download` or what runs in the background has come. */
export interface Progress {
  /** Files done. */
  files: number
  /** Bytes done. */
  bytes: number
  /** Files in all, where known. */
  total: number | null
  /** Whether it is what this device fetches by itself. */
  background?: boolean
}

export interface AddAllOptions extends AddOptions {
  /** Files read, hashed and decoded at the same time; two for each core unless told, and at least 4. */
  concurrency?: number
  onprogress?: (progress: Progress) => void
}

/** Which photos: all conditions hold together. Dates are wall time, `from` inclusive, `to` exclusive. */
export interface PhotoQuery {
  from?: string | Date
  to?: string | Date
  /** Id of a member. */
  member?: string
  /** A MIME type, or `image` or `video`. */
  type?: string
  tag?: string
  /** Id of a collection. */
  collection?: string
  /** Marked as a favourite by the member asking. */
  favourite?: boolean
  /** The trash instead of the album. */
  trashed?: boolean
}

export interface ListQuery extends PhotoQuery {
  /** Newest first. */
  reverse?: boolean
  limit?: number
  /** Goes on after this photo: the last one of the page before. */
  after?: Pick<Photo, 'id' | 'capturedAt'>
}

/** What members can change about a photo. */
export interface PhotoPatch {
  caption?: string
  tags?: string[]
  capturedAt?: DateInput
  /** For the member asking. */
  favourite?: boolean
}

/** What became of one photo of many. */
export interface PhotoResult {
  id: string
  status: 'done' | 'failed'
  photo: Photo | null
  error: Error | null
}

/** One change to a photo, as `history` tells it, oldest first. To bring `before` back, `edit` with it. */
export interface HistoryEntry {
  field: 'caption' | 'tags' | 'capturedAt'
  before: string | string[] | CapturedAt
  after: string | string[] | CapturedAt
  by: Author
  at: string
}

export interface ReadOptions extends Wait {
  variant?: Variant
  /** First byte, from 0. */
  start?: number
  /** Last byte, inclusive. */
  end?: number
  /**
   * The original without what tells of its owner: place, serial numbers, maker notes, embedded thumbnails, the video of
   * a Motion Photo. Nothing is encoded anew. `start` and `end` are then of what is given. JPEG, PNG, WebP, HEIC, AVIF,
   * MP4 and MOV; of others `UNSUPPORTED_FILE`, and `STRIP_FAILED` where it cannot be done for sure.
   */
  strip?: boolean
}

/** Bytes of a photo: iterate it with `for await`, or `pipe` it into a Node stream. */
export interface PhotoStream extends AsyncIterable<Uint8Array> {
  pipe<T>(destination: T): T
  on(event: 'data', listener: (chunk: Uint8Array) => void): this
  on(event: 'error', listener: (error: Error) => void): this
  on(event: 'end' | 'close', listener: () => void): this
  destroy(error?: Error | null): void
}

/** What `repair` came to. */
export interface RepairResult {
  /** Photos that have thumbnails and previews now. */
  repaired: number
  /** Those that cannot be shown, and why. */
  failed: { id: string; error: Error }[]
}

export interface DownloadOptions extends Wait {
  variants?: Variant[]
  onprogress?: (progress: Progress) => void
}

/** What a download fetched; `missing` are photos that nobody reachable holds. */
export interface DownloadResult {
  files: number
  bytes: number
  missing: { id: string; error: AlbumErrorLike }[]
}

/** An error with a code, as `AlbumError` is. */
export interface AlbumErrorLike extends Error {
  readonly code: string
}

/** Something that happened to a photo. `reset` says: read the album anew, too much has changed to tell each. */
export interface Change {
  type: 'added' | 'changed' | 'trashed' | 'removed' | 'reset'
  /** The photo's id; empty with `reset`. */
  id: string
  photo: Photo | null
  /** Where to go on: give it to `watch({ since })` later, also after a restart. */
  cursor: string
}

export interface Member {
  id: string
  name: string
  role: Role
  /** Whether it is the member asking. */
  me: boolean
  devices: Device[]
  /** ISO 8601. */
  joinedAt: string
  /** Set when the member was removed or left. */
  removed: boolean
}

export interface Device {
  id: string
  name: string
  memberId: string
  /** Whether it is this device. */
  me: boolean
  removed: boolean
}

export interface InviteOptions {
  /** `contributor` unless told. A `mirror` is no person, but a device that is always on: see `runMirror`. */
  role?: Role
  /** Milliseconds from now; seven days unless told. 0: never. */
  expires?: number
  /** How many may join with it; 1 unless told. 0: any number. */
  uses?: number
  /** Whether each joiner waits until someone on this device says `approve`. */
  approval?: boolean
  /**
   * Id of another device that answers it in place of this one, which may then be off: a family mirror. That device gets
   * the power to let people in by this invite, and no other. Not together with `approval`; an invite for an `owner` is
   * answered by owners' devices only.
   */
  answeredBy?: string
}

/** Somebody who was let in by this device. */
export interface Admitted {
  inviteId: string
  member: Author
  device: { id: string; name: string }
}

export interface Invite {
  id: string
  /** What the joiner types, scans or pastes. Whoever has it can ask to join. Empty on devices that did not make it. */
  code: string
  /** The same as a link. */
  url: string
  role: Role
  /** ISO 8601, or null. */
  expiresAt: string | null
  uses: number
  used: number
  approval: boolean
  revoked: boolean
  /** Id of the member whose further device it is for, or null. */
  memberId: string | null
  /** The one device that lets people in by it; null where that was removed, or its maker may invite nobody any more. */
  answeredBy: { id: string; name: string } | null
  /** Whether that device has heard of it. Until then the one that made it has to be online. */
  ready: boolean
}

/** Somebody who waits for an approval. */
export interface JoinRequest {
  id: string
  inviteId: string
  name: string
  device: string
  role: Role
  at: string
}

export interface Collection {
  id: string
  name: string
  by: Author
  at: string
  /** Photos in it. */
  count: number
  /** Id of a photo, or null. */
  cover: string | null
}

/** One id, or many. */
export type Ids = string | readonly string[]

/** What acting on photos resolves to: with one id that photo, with many a result for each. */
export type Many<T extends Ids> = T extends string ? Photo : PhotoResult[]

export interface WatchOptions {
  /** The cursor of a change that was seen; without it, from now on. */
  since?: string
  signal?: Signal
}

/** Where photos go in a collection: at the end unless told; before or after a photo that is in it. */
export interface Place {
  before?: string
  after?: string
}

/** What a removal resolves to: whether it can never be reordered any more. */
export interface Removal {
  final: boolean
}

/** `album.invites`: codes by which others join. */
export interface Invites {
  /**
   * Makes an invite; owners only. Whoever has its `code` can ask to join; this device answers while it is online, or
   * when it comes online within the 20 minutes or so that a request can be found in the DHT. With `answeredBy` another
   * device does, from when it has heard of the invite (`ready`).
   */
  create(options?: InviteOptions): Promise<Invite>
  get(id: string): Promise<Invite | null>
  /** All invites of the album, also those that are used, expired or revoked. */
  list(): Promise<Invite[]>
  /** Nobody can join with it any more. Owners revoke any invite, other members their own. */
  revoke(id: string): Promise<Invite>
  /** Those who wait for an approval by somebody at this device. */
  requests(): Promise<JoinRequest[]>
  approve(id: string): Promise<void>
  deny(id: string): Promise<void>
}

/** `album.members`: people and their devices. */
export interface Members {
  /** Everybody who is or was a member, in order of admission; those who left have `removed` set. */
  list(): Promise<Member[]>
  get(id: string): Promise<Member | null>
  /** The member in whose name this album is used; null while joining is not finished. */
  me(): Promise<Member | null>
  /** Makes a person without a device, who comes through somebody's portal; owners only. */
  create(options: { name: string; role?: 'contributor' | 'viewer' }): Promise<Member>
  /** Renames oneself, or, as an owner, anybody. */
  rename(id: string, name: string): Promise<Member>
  /** Changes what a member may do; owners only, and an owner only of those admitted later. */
  setRole(id: string, role: Exclude<Role, 'mirror'>): Promise<Member>
  /**
   * Removes a member with all devices; owners, or a member who leaves. What they added stays. What is added from now
   * on is encrypted with a key that they do not get; what was readable to them stays readable. Resolves when written;
   * `final` says whether the device that signs the index has confirmed it within `timeout` (5 s unless told, or at once where nobody is connected).
   */
  remove(id: string, wait?: Wait): Promise<Removal>
  /** An invite for another device of the member asking. */
  linkDevice(options?: Pick<InviteOptions, 'expires'>): Promise<Invite>
  /** Removes one device, as `remove` does a member: one's own, or, as an owner, anybody's. */
  removeDevice(deviceId: string, wait?: Wait): Promise<Removal>
  /**
   * Lets a device (this one unless told) act in a member's name: `album.as(memberId)`. The member does it, or an
   * owner; with `revoke` it ends.
   */
  delegate(memberId: string, deviceId?: string, options?: { revoke?: boolean }): Promise<void>
}

/** `album.collections`: the albums inside the album. */
export interface Collections {
  create(options: { name: string }): Promise<Collection>
  get(id: string): Promise<Collection | null>
  /** By name. */
  list(): Promise<Collection[]>
  rename(id: string, name: string): Promise<Collection>
  /** The photo that stands for the collection. */
  setCover(id: string, photoId: string): Promise<Collection>
  /** Deletes a collection: whoever made it, or an owner. Its photos stay in the album. */
  delete(id: string): Promise<void>
  /** Puts photos into a collection, in the order given. */
  add<T extends Ids>(id: string, photoIds: T, place?: Place): Promise<Many<T>>
  /** Moves photos that are in the collection to another place in it. */
  move<T extends Ids>(id: string, photoIds: T, place: Place): Promise<Many<T>>
  /** Takes photos out of a collection; they stay in the album. */
  remove<T extends Ids>(id: string, photoIds: T): Promise<Many<T>>
  /** The photos of a collection in its own order. */
  photos(id: string): AsyncGenerator<Photo>
}

/** A device that holds something of a photo. */
export interface Copy {
  member: Author
  device: { id: string; name: string }
  /** Whether it is this device. */
  me: boolean
  /** What it holds whole; of a Live Photo, `original` stands for both files. */
  variants: Variant[]
  /** When it last said so, ISO 8601: devices say it again once a day, while they are online. */
  lastConfirmed: string
  /** Whether it is connected now; this device always is. */
  online: boolean
}

/** A photo of which fewer devices hold the original than are promised. */
export interface LackingCopies {
  photo: Photo
  /** How many devices hold the original whole. */
  copies: number
  promised: number
  /** Names of their members. */
  holders: string[]
}

/** What became of the wish to let go of a photo's original on this device. */
export interface FreeResult {
  id: string
  /**
   * `freed`: it is not on this disk (any more). `waiting`: the album has not decided finally; the bytes go by themselves
   * once it has. `kept`: `error` says why.
   */
  status: 'freed' | 'waiting' | 'kept'
  /** How many bytes of it that were on this disk are gone, or go once the album has decided; 0 where it is kept. */
  bytes: number
  /** `COPIES_LACKING` with the members that hold it, or `NOT_FOUND`; null where it is not kept. */
  error: AlbumErrorLike | null
}

/** `album.copies`: where the bytes are. */
export interface Copies {
  /**
   * The devices that hold something of a photo by their receipts, or gave it, without those that were removed; none where
   * there is no such photo.
   */
  of(id: string): Promise<Copy[]>
  /** How many devices are to hold each original: what an owner promised last, 2 where nobody did. */
  promised(): Promise<number>
  /**
   * Promises that so many devices (1 to 100) hold each original: `health` goes by it, and `free` keeps what fewer others
   * hold. Throws `FORBIDDEN` for who is no owner, `BAD_ARGUMENT`.
   */
  promise(copies: number): Promise<void>
  /**
   * Photos, newest first, of which fewer devices hold the original than are promised. Reads the whole index; throws
   * `ABORTED` where the signal aborts meanwhile.
   */
  health(options?: { signal?: Signal }): AsyncIterable<LackingCopies>
  /**
   * Drops the originals of photos from this device, where as many *other* devices hold them as are promised; thumbnails
   * and previews stay, and what is looked at is fetched again. The album's log decides, so that two devices which free at
   * the same time do not count on each other. Waits for that (10 s unless `timeout`, in ms, says otherwise), and tells
   * what came of each. Throws `BAD_ARGUMENT`, `ABORTED`, `CLOSED`, `REMOVED`, `NOT_WRITABLE`, and `FORBIDDEN` where the
   * album is used in another member's name.
   */
  free(ids: readonly string[], options?: Wait): Promise<FreeResult[]>
}

/** The device that signs the album's index, and who may follow it. */
export interface IndexerStatus {
  /** Null before the album is known. */
  device: Device | null
  /** Name of the member whose device it is. */
  member: string
  /** Whether it is connected now, or this device. */
  online: boolean
  /** Since when changes wait for it, as far as this device has seen, ISO 8601; null where all is final. */
  waitingSince: string | null
  /** The device to which an owner has the index handed over, while that has not been done. */
  successor: Device | null
  /** Who may take over where the device is lost, in this order. */
  heirs: Device[]
}

/**
 * `album.indexer`: the one device that signs the index, by which the order of what all members do becomes final: the
 * founder's at first. Everything else works without it; what must be final (that a device was removed, that others hold
 * what is freed) waits for it.
 */
export interface Indexer {
  status(): Promise<IndexerStatus>
  /**
   * Has the index handed over to a device, best one that is always on: both have to be online at some time; until then,
   * `final` is false. Naming the device that signs takes it back. Throws `FORBIDDEN` for who is no owner and for a device
   * that cannot sign (a viewer's), `NOT_FOUND`.
   */
  handOver(deviceId: string, options?: Wait): Promise<{ final: boolean }>
  /**
   * Names the devices that may take over, first those, then owners' and contributors' as they were admitted. One that is
   * named becomes an owner where it takes over and no other owner has a device. Throws `FORBIDDEN`, `NOT_FOUND`.
   */
  setHeirs(deviceIds: readonly string[]): Promise<void>
  /**
   * Takes over, on the first heir's device or an owner's, where the device that signs is lost for good. Should it only be away, it
   * follows when it comes back; what it had made final meanwhile is put in order anew. An owner who took over can
   * remove that device, also an earlier owner's, as where it was stolen. Throws `FORBIDDEN` for every other device, and
   * where the one that signs is connected, unless it was removed or `evenIfOnline` is set.
   */
  takeOver(options?: { evenIfOnline?: boolean }): Promise<void>
}

/** How long to wait for a recovery kit: 60 s unless told. */
export interface RecoveryKitOptions extends Wait {
  /** Puts the file where it stays; where that fails, the kit's devices are taken back. */
  save?: (bytes: Uint8Array) => Promise<void>
}

/** A recovery kit that was made. */
export interface RecoveryKit {
  /** The file: a text, sealed with the passphrase. */
  bytes: Uint8Array
  /** By which `recovery.list` and `recovery.remove` know it. */
  id: string
  /** What its devices are called. */
  name: string
  /** How often it brings the album back. */
  uses: number
  /** Whether the album has it for good. Until then the kit may not be able to go on with the album, only to show it. */
  final: boolean
  /** The album's blind mirrors, and whether each will let the kit in and has all that this device wrote. */
  mirrors: { name: string; ready: boolean }[]
}

/** A recovery kit that there is. */
export interface RecoveryKitDevice {
  id: string
  /** What its devices are called. */
  name: string
  /** The owner whose it is. */
  by: Author
  /** ISO 8601. */
  madeAt: string
  /** How often it still brings the album back. */
  uses: number
}

/** How long to wait for what others have: 60 s unless told. */
export interface TakeOverOptions extends Wait {
  /** Whether to take over all the same where a blind mirror cannot be reached, or not all that others have is here. */
  evenIfBehind?: boolean
}

/** `album.recovery`: for when every device is lost. See also `Album.recover`. */
export interface Recovery {
  /**
   * Makes a file that, with its passphrase and any device or blind mirror which has the album's bytes, brings it back. It
   * is devices of this member that nobody uses until then, so that it reads what is added later, too: one for each time that
   * it is used. Best made while the device that signs the index and the blind mirrors are online. For owners; throws
   * `FORBIDDEN`, `BAD_ARGUMENT` for a passphrase of less than 12 characters, `TIMEOUT`, `ABORTED`, and what `save` throws:
   * no device is left of it then.
   */
  createKit(passphrase: string, options?: RecoveryKitOptions): Promise<RecoveryKit>
  /** The kits that were made and not used up. */
  list(): Promise<RecoveryKitDevice[]>
  /** Makes a kit worthless that was lost, by its id. Devices that it has become already stay. Throws `NOT_FOUND`, `FORBIDDEN`. */
  remove(id: string, wait?: Wait): Promise<Removal>
  /**
   * This owner's device names itself the only heir and takes over the index, so that what it does becomes final: where no
   * other device will ever come back. Waits before that until all is here that blind mirrors have. Throws `FORBIDDEN` where
   * a device is online, or the album did not know this one yet when the index was signed last; `TIMEOUT` where something is
   * lacking, which it says, or a blind mirror cannot be reached.
   */
  takeOver(options?: TakeOverOptions): Promise<{ final: boolean }>
}

/** A Corestore (7.x), or one of its namespaces. Several albums may share one. */
export interface CorestoreLike {
  ready(): Promise<void>
  get(options: unknown): unknown
  namespace(name: string): unknown
  close(): Promise<void>
}

/** A Hyperswarm (4.x). */
export interface SwarmLike {
  join(topic: Uint8Array, options?: unknown): unknown
  destroy(): Promise<void>
}

/** A HyperDHT (6.x). */
export interface DhtLike {
  bootstrapped?: boolean
  destroy(): Promise<void>
}

/**
 * How an album reaches others: the public DHT unless told; `false` for not at all (then `album.replicate(stream)`);
 * `bootstrap` for a DHT of one's own; or a DHT or swarm that the caller made and closes. With each of them `local` says
 * whether it also looks for the album's devices in the home's own network, which works without the internet: unless
 * told, not where a DHT or swarm is handed in.
 */
export type NetworkOption =
  | false
  | ((
      | { bootstrap: (string | { host: string; port: number })[] }
      | { dht: DhtLike }
      | { swarm: SwarmLike }
      | {}
    ) & { local?: boolean })

/**
 * Seals the album's key where it lies on disk, with a key that the app keeps elsewhere: 32 bytes, or under 1 kB while
 * joining, when the key lies among what the device was admitted with.
 */
export interface KeyProtection {
  seal(key: Uint8Array): Promise<Uint8Array> | Uint8Array
  open(sealed: Uint8Array): Promise<Uint8Array> | Uint8Array
}

/** Reserved for the media engine; `null` for none. */
export type MediaOption = MediaEngine | null

/** A file by its path, or the bytes themselves. Large ones are better given by path. */
export type MediaSource = { path: string } | { bytes: Uint8Array }

/** What an engine is told beside the file. A `timeout` counts the wait for its turn, too. */
export interface ExamineOptions extends Wait {
  /** False for the facts alone, which take milliseconds. */
  renditions?: boolean
  /** A video's picture, as JPEG, PNG or WebP, where the caller has one: a browser can make it. */
  frame?: Uint8Array
  /** The file's name, for the date in it: nothing is read out of a path that is not said to be the name. */
  name?: string
  /** The older of the file's birth and modification, in milliseconds since 1970: a weak date. */
  modified?: number | null
  /** What lies beside the file: the bytes of an XMP sidecar, or of the JSON of Google Takeout. */
  sidecar?: Uint8Array
}

/** What a photo or video says of itself. */
export interface MediaFacts {
  /** Pixels as seen, orientation applied; null where not known. */
  width: number | null
  height: number | null
  /** Seconds; null where not known, and of photos. */
  duration: number | null
  /** Wall time as milliseconds since 1970 that the clock's digits would mean in UTC; `offset` in minutes east of UTC. */
  captured: {
    local: number
    offset: number | null
    zone: string | null
    source: DateSource
    precision: CapturedAt['precision']
  } | null
  location: Location | null
  camera: string | null
  /** What the still and the video of a Live Photo have in common, as Apple writes it; null or left out where there is none. */
  contentId?: string | null
  /** The MP4 inside a Motion Photo: bytes of the file; null or left out where there is none. */
  motion?: { start: number; length: number } | null
  /** What the sidecar says in words. */
  sidecar: { caption: string | null; tags: string[] | null } | null
}

/** What a photo or video shows and says. */
export interface Examined {
  /** What could be read of it. Its size in pixels is that of the decoded picture where the metadata has none. */
  facts: MediaFacts
  /** WebP in sRGB, at most 256 pixels wide and high; null where there is no picture, as of a video without `ffmpeg`. */
  thumbnail: Uint8Array | null
  /** WebP in sRGB, at most 1600 pixels wide and high; null where there is no picture. */
  preview: Uint8Array | null
  /** A thumbhash: some 25 bytes of blurred picture, with its shape; grey for a video without a picture, null for a photo. */
  placeholder: Uint8Array | null
  /**
   * Some of the picture is missing or broken: a part may be grey, or there is none. Of a video, and where nothing was to
   * be decoded, what its facts say of damage.
   */
  damaged: boolean
  /** Why a photo has no renditions; null where it has, or none were to be made. */
  failure: string | null
}

/**
 * What understands photos and videos: on Node it is there without asking, another runtime brings its own. An engine
 * takes files of strangers: it answers or throws, whatever they hold.
 */
export interface MediaEngine {
  /**
   * Reads a photo or video of a MIME type. Of one that cannot be decoded, and of one that nothing can be read of, it
   * answers with what there is and a `failure`. Throws `MEDIA_FAILED` where nothing at all can be said, as when no
   * process starts, `UNSUPPORTED_FILE` for a type that is none of the album's, `FILE_NOT_FOUND`, `NOT_A_FILE`,
   * `FILE_UNREADABLE`, `ABORTED`, `TIMEOUT`, `CLOSED`.
   */
  examine(source: MediaSource, type: string, options?: ExamineOptions): Promise<Examined>
  /** Ends its processes. Whoever waits gets `CLOSED`. */
  close(): Promise<void>
}

/**
 * Which photos of everybody's a device keeps, of one variant: those that meet any of the conditions, or where there is
 * none all that the budget has room for. All others are dropped.
 */
export interface KeepSome {
  /** What this device's member added, with whatever device. */
  mine?: boolean
  /** What this device's member marked as a favourite. */
  favourites?: boolean
  /** What was taken in the last so many days. */
  recent?: number
  /**
   * At most so many bytes, beside what was added at this device: this member's favourites first, then the newest by
   * capture date; one that does not fit any more is passed over. What is being read comes on top, until it was read.
   */
  budget?: number
}

/**
 * `all` are fetched by the device itself; `none` are, and what was read or downloaded is dropped as well; of `asked` only
 * what was read or downloaded is here, and stays.
 */
export type KeepRule = 'all' | 'none' | 'asked' | KeepSome

/**
 * What a device keeps of everybody's photos. What was added at this device always stays, and anything that no other
 * device is known to hold.
 */
export interface KeepRules {
  thumbnail: KeepRule
  preview: KeepRule
  original: KeepRule
}

/** What a device is to keep: rules, where what is left out stays as it was; or in short all of these variants alone. */
export type Keep = Partial<KeepRules> | Variant[]

/** `album.background`: the fetching that this device does by itself, and the dropping. */
export interface Background {
  readonly paused: boolean
  /** Nothing more is fetched or dropped until `resume`, or the album is opened anew; what was begun is gone on with then. */
  pause(): void
  resume(): void
}

export interface OpenOptions {
  network?: NetworkOption
  media?: MediaOption
  /** What this device is to keep, from now on; as the last time unless told, at first `{ thumbnail: 'all' }`. */
  keep?: Keep
  /**
   * Whether this device, while 5 GB of its disk are free, also fetches originals of which fewer devices hold a copy than an
   * owner has promised; true unless told. Where no owner has promised anything it never does, nor where what it is to keep
   * says `none` of originals, or sets a budget for them.
   */
  upkeep?: boolean
  keyProtection?: KeyProtection
  /** Which album of a store that holds several: its `id`. */
  album?: string
}

export interface CreateOptions extends OpenOptions {
  /** The album's name. */
  name: string
  /** The founder's name. */
  member: string
  /** This device's name; the host's name unless told. */
  device?: string
}

export interface JoinOptions extends OpenOptions, Wait {
  member: string
  device?: string
}

export interface RecoverOptions extends OpenOptions, Wait {
  /** Blind mirrors that the kit may not know of, since they were set up later: their keys, hex. */
  mirrors?: readonly string[]
  /** Whether the album is only to be looked at, and photos saved: the kit is not used by that, and may be used up. */
  readOnly?: boolean
  /** Called about every second while the album is looked for. */
  onprogress?: (progress: RecoveryProgress) => void
}

/** How the search for the album of a recovery kit goes. */
export interface RecoveryProgress {
  /** Names of the blind mirrors that are connected, and of those that are not. */
  mirrors: string[]
  away: string[]
  /** Names of the devices that are connected; empty while it is not known. */
  devices: string[]
  /** Photos of which it has heard. */
  photos: number
}

/** A code with which one box becomes a blind mirror. */
export interface BlindMirrorCode {
  /** For `runBlindMirror`, or `hyperalbum blind-mirror`. Who has it and uses it first is let in by no device, but given all that is encrypted. */
  code: string
  name: string
  /** ISO 8601. */
  expiresAt: string
}

/** A box that holds the album's bytes and cannot read them. */
export interface BlindMirror {
  /** Its key, hex. */
  id: string
  name: string
  /** The owner who set it up. */
  by: Author
  addedAt: string
  /** Whether this device is connected to it. What follows is null where it is not, and what the box says where it is. */
  online: boolean
  /** Whether it lets in the devices that the album has now, and nobody else. */
  current: boolean | null
  /**
   * Blocks of what this device wrote and added that it does not say it holds: where it is 0, this device may be lost. Of what
   * others added, their devices know.
   */
  lacking: number | null
  /** That it takes of its disk, also for other things than this album. */
  bytes: number | null
  /** Whether it takes no more photos. */
  full: boolean | null
}

/**
 * `album.blindMirrors`: boxes that hold the album encrypted, for when all devices are off. They are no devices of the album:
 * they sign nothing, so that no promise and no `settled` counts them, and what they say of themselves is their word.
 */
export interface BlindMirrors {
  /**
   * Makes a code for one box, that expires after a week unless told (milliseconds). This device answers the box that shows it,
   * when both are online; then every device uses it. For owners; throws `FORBIDDEN`, `BAD_ARGUMENT`.
   */
  create(options?: { name?: string; expires?: number }): Promise<BlindMirrorCode>
  list(): Promise<BlindMirror[]>
  /** No device uses it any more. What it has it keeps: delete its folder. Throws `NOT_FOUND`, `FORBIDDEN`. */
  remove(id: string): Promise<void>
}

/** What `album.status()` tells. */
export interface Status {
  id: string
  name: string
  /** Null for a device that was removed, or is not admitted yet. */
  role: Role | null
  writable: boolean
  /** Whether a network is in use and not suspended. */
  online: boolean
  /** Members' devices connected now. */
  peers: { memberId: string; member: string; device: string }[]
  /** Blind mirrors connected now, by name: `album.blindMirrors` says what they hold. */
  blindMirrors: string[]
  photos: number
  /** Bytes of this disk that what others added takes, about, and whether fetching more is paused. */
  kept: { originals: number; renditions: number; paused: boolean }
  /** Blocks of the index, and how many of them can never be reordered. */
  index: { length: number; final: number; whole: boolean }
  /**
   * Somebody was removed, and no owner's device has begun a new epoch yet: what is added now could still be read by
   * them.
   */
  removalPending: boolean
  /** The album's version, and the newest this program can follow. */
  version: { album: number; supported: number }
}

/** Events of an album. There is no authority in them: ask the album. */
export interface AlbumEvents {
  /** The album changed, by this device or another. */
  update: [changes: Change[]]
  writable: [writable: boolean]
  members: []
  peers: []
  progress: [progress: Progress]
  /** Something went wrong in the background. */
  warning: [error: Error]
  'join-request': [request: JoinRequest]
  /** This device let somebody in. */
  admitted: [admitted: Admitted]
  /** An owner raised the album to a version that this program cannot follow; it can still read. */
  'upgrade-required': [version: number]
  close: []
}

/** What is called when an event comes. */
export type Listener<E extends keyof AlbumEvents> = (...args: AlbumEvents[E]) => void
