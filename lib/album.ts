/// <reference lib="esnext.disposable" preserve="true" />
import './platform.ts'
import os from 'os'
import Hypercore, { type NoiseStream, type ProtocolStream } from 'hypercore'
import { Readable } from 'streamx'
import { addAll } from './addall.ts'
import { Adding, notTaken } from './adding.ts'
import { BlindMirrors as BlindMirrorsFacet } from './blindmirrors.ts'
import { Browsing } from './browsing.ts'
import { Changing } from './changing.ts'
import { Copies as CopiesFacet } from './copies.ts'
import { Collections as CollectionsFacet } from './collections.ts'
import { Events } from './events.ts'
import { fetchPhotos } from './drives/fetching.ts'
import { checkKeep } from './drives/wishes.ts'
import { AlbumError, codeOf } from './errors.ts'
import { join } from './joining.ts'
import { Keeping } from './keeping.ts'
import type { Actor } from './log/actor.ts'
import { Storage } from './log/storage.ts'
import { Indexer as IndexerFacet } from './membership/indexer.ts'
import { openKit } from './membership/kit.ts'
import { Members as MembersFacet, checkName } from './membership/members.ts'
import { found, reopen } from './opening.ts'
import { readBytes } from './reading.ts'
import { recover } from './recovering.ts'
import { Recovery as RecoveryFacet } from './recovery.ts'
import { repair } from './repairing.ts'
import type { Session } from './session.ts'
import { settled } from './settling.ts'
import { readStripped } from './stripping.ts'
import type {
  AddAllOptions,
  AddOptions,
  AddResult,
  AlbumEvents,
  Background,
  BlindMirrors,
  Change,
  Collections,
  Copies,
  CorestoreLike,
  CreateOptions,
  DownloadOptions,
  DownloadResult,
  HistoryEntry,
  Ids,
  Indexer,
  Invites,
  JoinOptions,
  Keep,
  KeepRules,
  KnownStatus,
  ListQuery,
  Listener,
  Many,
  Members,
  OpenOptions,
  Photo,
  PhotoPatch,
  PhotoQuery,
  PhotoStream,
  ReadOptions,
  Recovery,
  RecoverOptions,
  RepairResult,
  Source,
  SourceWithOptions,
  Status,
  Wait,
  WatchOptions
} from './types.ts'
import { fromHex, toHex } from './util/hex.ts'
import { bounded, following, isClosing, manyWaitOn } from './util/wait.ts'
import { ID_BYTES } from './view/identity.ts'
import * as rules from './view/rules.ts'
import { SUPPORTED_VERSION } from './view/versions.ts'
import { watch } from './watching.ts'

/** A family's photo album on this device. Made by `Album.create`, `Album.join` or `Album.open`. */
export class Album {
  readonly #session: Session
  readonly #actor: Actor
  readonly #adding: Adding
  readonly #browsing: Browsing
  readonly #changing: Changing
  readonly #events: Events
  readonly #keeping: Keeping

  /** Codes by which others join. */
  readonly invites: Invites
  /** People and their devices. */
  readonly members: Members
  /** The albums inside the album. */
  readonly collections: Collections
  /** Where the bytes are. */
  readonly copies: Copies
  /** The device that signs the index, and its heirs. */
  readonly indexer: Indexer
  /** Boxes that hold the album and cannot read it. */
  readonly blindMirrors: BlindMirrors
  /** For when every device is lost. */
  readonly recovery: Recovery
  /** What this device fetches and drops by itself. */
  readonly background: Background

  private constructor(session: Session, actor: Actor) {
    this.#session = session
    this.#actor = actor
    this.#adding = new Adding(session, actor)
    this.#browsing = new Browsing(session.queries, actor)
    this.#changing = new Changing(session.queries, actor)
    this.#events = new Events(session, actor)
    const { log, queries, epochs } = session
    const invites = session.invitesOf(actor)
    this.invites = invites
    this.members = new MembersFacet({ log, queries, actor, epochs, invites })
    this.collections = new CollectionsFacet({ queries, actor, writer: log.writer })
    this.copies = new CopiesFacet(session, actor)
    this.indexer = new IndexerFacet({ log, queries, actor, succession: session.succession })
    this.blindMirrors = new BlindMirrorsFacet(session, actor)
    const { indexer, blindMirrors } = this
    this.recovery = new RecoveryFacet({ session, actor, indexer, blindMirrors })
    this.#keeping = new Keeping(session)
    this.background = this.#keeping
  }

  /**
   * Founds an album in a folder or Corestore; this device's member is its first owner. Throws `ALBUM_EXISTS` where
   * the folder has one, `STORAGE_LOCKED`, `STORAGE_FAILED`, `BAD_ARGUMENT`.
   */
  static async create(where: string | CorestoreLike, options: CreateOptions): Promise<Album> {
    checkKeep(options.keep)
    const name = checkName(options.name, 'The name of an album')
    const member = checkName(options.member, 'The name of a member')
    const device = checkName(options.device ?? os.hostname(), 'The name of a device')
    const storage = await Storage.open(where, { existing: false })
    return Album.#opened(storage, () => found(storage, { name, member, device }, options))
  }

  /**
   * Opens the album of a folder or Corestore. Throws `NOT_AN_ALBUM`, `STORAGE_LOCKED` where another process has it
   * open, `STORAGE_MOVED` where the folder was copied, `JOIN_PENDING` where joining it was begun and nobody has answered
   * yet: go on with `Album.join`.
   */
  static async open(where: string | CorestoreLike, options: OpenOptions = {}): Promise<Album> {
    checkKeep(options.keep)
    const storage = await Storage.open(where, { existing: true })
    return Album.#opened(storage, () => reopen(storage, options))
  }

  /**
   * Joins an album with an invite's code or link, and resolves when this device may do what its role says. Throws
   * `INVITE_INVALID`, `INVITE_EXPIRED`, `INVITE_USED`, `INVITE_REJECTED`, `ALBUM_FULL`, `TIMEOUT`, `ABORTED`; after the last two,
   * or a restart, joining again with the same code goes on where it stopped.
   */
  static async join(where: string | CorestoreLike, code: string, options: JoinOptions): Promise<Album> {
    checkKeep(options.keep)
    const member = checkName(options.member, 'The name of a member')
    const device = checkName(options.device ?? os.hostname(), 'The name of a device')
    const storage = await Storage.open(where, { existing: false })
    return Album.#opened(storage, () => join(storage, code, { member, device }, options))
  }

  /**
   * Brings an album back into a new folder with a recovery kit, when every device is lost, from any that is there all the
   * same or a blind mirror; resolves when all that its device wrote is here, and it may write again. It does not sign the
   * index by that: see `recovery.takeOver`. Throws `KIT_PASSPHRASE`, `KIT_INVALID`, `KIT_USED`, `REMOVED`, `ALBUM_EXISTS`,
   * `TIMEOUT`, `ABORTED`; after the last two, or a restart, calling it again goes on where it stopped.
   */
  static async recover(
    folder: string,
    kit: Uint8Array,
    passphrase: string,
    options: RecoverOptions = {}
  ): Promise<Album> {
    checkKeep(options.keep)
    if (typeof folder !== 'string') {
      throw new AlbumError('BAD_ARGUMENT', 'An album is brought back into a folder of its own')
    }
    const session = await recover(folder, await openKit(kit, passphrase), options)
    return new Album(session, session.actor)
  }

  static async #opened(storage: Storage, open: () => Promise<Session>): Promise<Album> {
    try {
      const session = await open()
      return new Album(session, session.actor)
    } catch (error) {
      await storage.close().catch(() => {})
      throw error
    }
  }

  // ---- what it is

  /** The album's key as text: the same for all members. Who knows it alone can read nothing. */
  get id(): string {
    return toHex(this.#session.log.key)
  }

  get key(): Uint8Array {
    return this.#session.log.key
  }

  /** What members look for each other under. */
  get discoveryKey(): Uint8Array {
    return this.#session.log.discoveryKey
  }

  get name(): string {
    return this.#session.cast.album.name
  }

  /** The id of the member in whose name this album is used; empty while joining is not finished. */
  get me(): string {
    const author = this.#actor.authorIn(this.#session.cast)
    return author ? toHex(author.memberRow.id) : ''
  }

  /** Whether this device may write ops at all; what exactly, its member's role says. */
  get writable(): boolean {
    return this.#session.log.writable && this.#actor.authorIn(this.#session.cast) !== null
  }

  /**
   * A number that grows whenever something else may be read from the album on this device: what was read stays right as long
   * as it is the same. For caches: `if (album.revision !== read) ...`. It begins anew with each opening, and says nothing of
   * bytes that arrive; `watch` gives a cursor that lasts.
   */
  get revision(): number {
    return this.#session.watchers.revision
  }

  /**
   * The same for what is cached of photos alone, as a count of them: it grows only where photos or collections are others,
   * and not by receipts, invites or names of members, which change several times a day. It looks at what changed since it
   * was asked last, so it is awaited, and before what is read: what comes meanwhile makes the next one larger.
   *
   *     const revision = await album.photosRevision()
   *     if (revision !== cached.revision) cached = { revision, days: await daysOf(album, { tag: 'boat' }) }
   *
   * Throws `INDEX_INCOMPLETE` as all that is read.
   */
  photosRevision(): Promise<number> {
    return this.#session.watchers.photosRevision()
  }

  get closed(): boolean {
    return this.#session.closed
  }

  /** The same album in the name of another member, who delegated to this device: `members.delegate`. */
  as(memberId: string): Album {
    const id = fromHex(memberId, ID_BYTES)
    if (!id) throw new AlbumError('BAD_ARGUMENT', 'A member is named by its id')
    return new Album(this.#session, this.#actor.for(id))
  }

  async rename(name: string): Promise<void> {
    await this.#actor.require(rules.mayManage, 'rename the album')
    await this.#actor.append('rename', { name: checkName(name, 'The name of an album') })
    await this.#session.refresh()
  }

  // ---- adding

  /**
   * Adds a photo or video: a path, its bytes, a Blob or a stream. Resolves when it is in the album; to the photo that
   * is there where the album has these bytes already, also from the trash (see `photo.trashed`). Throws
   * `UNSUPPORTED_FILE`, `FILE_NOT_FOUND`, `FILE_UNREADABLE`, `FILE_EMPTY`, `FILE_CHANGED`, `NOT_A_FILE`, `FORBIDDEN`,
   * `STORAGE_FULL`, `CLOSED`, `ABORTED`, `INDEX_INCOMPLETE`, `NOT_WRITABLE`.
   */
  async add(source: Source, options: AddOptions = {}): Promise<Photo> {
    this.#alive()
    // What stops waiting stops reading too, or a silent source would hold up whoever adds after it.
    const stop = manyWaitOn()
    const { signal } = stop
    const work = async (): Promise<Photo> => {
      const prepared = await this.#adding.prepare(source, { ...options, signal })
      const [written] = await this.#adding.write([prepared])
      if (written instanceof Error) throw written
      const photo = written && (await this.get(toHex(written.id)))
      if (photo) return photo
      throw written?.status === 'trashed'
        ? new AlbumError(
            'NOT_FOUND',
            'This photo was deleted for good: add it with `restore` to bring it back'
          )
        : notTaken()
    }
    return bounded(work(), options, 'Adding')
      .catch((error: unknown) => this.#rethrow(error))
      .finally(() => stop.abort())
  }

  /**
   * Adds many, reading and hashing several at a time and writing them in runs. Yields a result for each source as it
   * is in the album; a file that fails does not stop the others.
   */
  addAll(
    sources: Iterable<SourceWithOptions> | AsyncIterable<SourceWithOptions>,
    options: AddAllOptions = {}
  ): AsyncIterable<AddResult> {
    this.#alive()
    const { events } = this.#session
    return addAll(this.#adding, sources, options, (progress) => events.emit('progress', progress))
  }

  /**
   * What the album knows of files by their SHA-256 (64 hex digits), in the same order: for asking about many before their
   * bytes are read or sent. Throws `BAD_ARGUMENT`, and `FORBIDDEN`, `NOT_WRITABLE`, `REMOVED` or `UPGRADE_REQUIRED` for
   * who may add nothing.
   */
  async known(ids: readonly string[]): Promise<KnownStatus[]> {
    this.#alive()
    const hashes = ids.map((id) => {
      const bytes = fromHex(id, 32)
      if (!bytes) throw new AlbumError('BAD_ARGUMENT', 'A file is named by its SHA-256, in hex')
      return bytes
    })
    return this.#adding.known(hashes)
  }

  // ---- reading the index

  /** A photo, also one in the trash; null where there is none. */
  async get(id: string): Promise<Photo | null> {
    this.#alive()
    return this.#browsing.get(id)
  }

  /**
   * Photos whose id, or that of what moves of them, begins with these hex digits, in order of the id, also those in the
   * trash; at most ten. Throws `BAD_ARGUMENT`.
   */
  async find(prefix: string): Promise<Photo[]> {
    this.#alive()
    return this.#browsing.find(prefix)
  }

  /** Photos in order of their capture date. Reads page by page, however large the album is. */
  async *list(query: ListQuery = {}): AsyncGenerator<Photo> {
    this.#alive()
    try {
      for await (const photos of this.#browsing.pages(query)) for (const photo of photos) yield photo
    } catch (error) {
      this.#rethrow(error)
    }
  }

  /**
   * Every day that has photos of the query and how many, oldest first: enough to lay out a whole timeline. The index counts
   * them for whole days by `member` and `type`; for anything else they are counted then, which takes as long as to list
   * them. Throws `BAD_ARGUMENT`, `ABORTED`, `TIMEOUT`.
   */
  async *timeline(
    query: PhotoQuery = {},
    options: Wait = {}
  ): AsyncGenerator<{ day: string; count: number }> {
    this.#alive()
    const stop = following(options.signal)
    const days = this.#browsing.days(query, stop.signal)
    yield* await bounded(days, options, 'Counting')
      .catch((error: unknown) => this.#rethrow(error))
      .finally(() => stop.end())
  }

  /** What was changed about a photo, oldest first. */
  async history(id: string): Promise<HistoryEntry[]> {
    this.#alive()
    return this.#browsing.history(id)
  }

  /** Follows what happens to photos, here and elsewhere, until the signal aborts or the album closes. */
  watch(options: WatchOptions = {}): AsyncIterable<Change> {
    return watch(this.#session, this.#actor, options)
  }

  async status(): Promise<Status> {
    this.#alive()
    const { log, queries, swarm, suspended } = this.#session
    const cast = await queries.cast()
    const author = this.#actor.authorIn(cast)
    const peers = this.#session.present().flatMap((identity) => {
      const device = cast.deviceByIdentity(identity)
      if (!device) return []
      const { id, name } = cast.person(device.row.member)
      return [{ memberId: id, member: name, device: device.row.name }]
    })
    return {
      id: this.id,
      name: cast.album.name,
      role: author && (rules.ROLES[author.memberRow.role] ?? 'viewer'),
      writable: this.writable,
      online: swarm !== null && !suspended,
      peers,
      blindMirrors: [...cast.blinds].flatMap(([id, row]) =>
        this.#session.blinds.get(id)?.state ? [row.name] : []
      ),
      photos: cast.album.photos,
      kept: await this.#keeping.kept(cast, cast.deviceByWriter(log.writer)?.number ?? null),
      index: { length: log.view.version, final: log.finalLength, whole: log.whole },
      removalPending: cast.album.stale,
      version: { album: cast.album.version, supported: SUPPORTED_VERSION }
    }
  }

  // ---- changing

  /** Changes captions, tags, capture dates (contributors and owners) or one's favourites, of one photo or many. */
  async edit<T extends Ids>(ids: T, patch: PhotoPatch): Promise<Many<T>> {
    this.#alive()
    return this.#changing.edit(ids, patch)
  }

  /**
   * Puts photos into the trash: any as an owner, what they added as a contributor. One that others added too stays
   * in the album until all of them, or an owner, say so.
   */
  async trash<T extends Ids>(ids: T): Promise<Many<T>> {
    this.#alive()
    return this.#changing.trash(ids)
  }

  async restore<T extends Ids>(ids: T): Promise<Many<T>> {
    this.#alive()
    return this.#changing.restore(ids)
  }

  /** Deletes photos for good: every device drops the bytes, also those that are away now. Resolves to what they were. */
  async purge<T extends Ids>(ids: T): Promise<Many<T>> {
    this.#alive()
    return this.#changing.purge(ids)
  }

  // ---- bytes

  /**
   * A photo's bytes, from this disk or from whoever is online. Fails with `NOT_FOUND`, `PHOTO_UNAVAILABLE` (with the
   * holders' names, after `timeout` or 8 s of looking), or `PHOTO_CORRUPT` where a whole original is not what its id
   * says: then what came before the error is not the photo.
   */
  read(id: string, options: ReadOptions = {}): PhotoStream {
    this.#alive()
    const bytes = options.strip ? readStripped : readBytes
    return Readable.from(bytes(this.#session, id, options)) as unknown as PhotoStream
  }

  /**
   * Makes thumbnails and previews of what this device added without: because nothing here could, or decoding failed.
   * Throws `FORBIDDEN`, `ABORTED`, `CLOSED`.
   */
  async repair(options: Wait = {}): Promise<RepairResult> {
    this.#alive()
    const stop = manyWaitOn()
    const work = repair(this.#session, this.#actor, { signal: stop.signal })
    return bounded(work, options, 'Repairing').finally(() => stop.abort())
  }

  /** Fetches photos to this device, originals unless told, and checks them; says which nobody reachable has. */
  async download(query: PhotoQuery = {}, options: DownloadOptions = {}): Promise<DownloadResult> {
    this.#alive()
    const { variants = ['original'], signal, timeout, onprogress } = options
    const selection = await this.#browsing.select(query)
    if (selection === null) return { files: 0, bytes: 0, missing: [] }
    const { events, queries } = this.#session
    return fetchPhotos(this.#session, queries.list(selection), {
      variants,
      signal,
      timeout,
      onprogress: (progress) => {
        onprogress?.(progress)
        events.emit('progress', progress)
      }
    }).catch((error: unknown) => this.#rethrow(error))
  }

  /**
   * What this device keeps of everybody's photos; with rules, from now on, also when it is opened again. Resolves to the
   * rules that hold: what they want is fetched in the background, what they do not is dropped when others hold it and that
   * is final. Throws `BAD_ARGUMENT`.
   */
  async keep(rules?: Keep): Promise<KeepRules> {
    this.#alive()
    return rules === undefined ? this.#keeping.rules() : this.#keeping.change(rules)
  }

  /** Resolves when as many other devices (1 unless told) hold all originals that this device added. */
  async settled(options: { copies?: number } & Wait = {}): Promise<void> {
    this.#alive()
    const { copies = 1 } = options
    if (!Number.isSafeInteger(copies) || copies < 1) {
      throw new AlbumError('BAD_ARGUMENT', 'copies is a whole number from 1')
    }
    const stop = manyWaitOn()
    const waiting = settled(this.#session, copies, stop.signal)
    await bounded(waiting, options, 'Waiting for others to hold the photos').finally(() => stop.abort())
  }

  // ---- connections and life

  /**
   * Connects to another device over a stream of one's own: `true` or `false` makes a new encrypted stream (as the
   * initiator or not) to be piped to the other's; or a Noise stream that is there. It passes the same gate as others.
   */
  replicate(stream: boolean | object): { pipe<T>(destination: T): T; destroy(error?: Error): void } {
    this.#alive()
    if (typeof stream !== 'boolean' && !('noiseStream' in stream || 'handshakeHash' in stream)) {
      throw new AlbumError('BAD_ARGUMENT', 'replicate takes true, false or a Noise stream')
    }
    const protocol: ProtocolStream = Hypercore.createProtocolStream(stream)
    const noise: NoiseStream = protocol.noiseStream
    this.#session.meet(noise)
    return protocol
  }

  /**
   * Rests, on a phone in the background: no network, nothing written. A swarm, DHT or Corestore that the caller handed in
   * is the caller’s to suspend.
   */
  suspend(): Promise<void> {
    return this.#session.suspend()
  }

  resume(): Promise<void> {
    return this.#session.resume()
  }

  /**
   * Ends everything; what is under way fails with `CLOSED`, what had resolved is kept. An album that `as` gave is
   * another face of the same one: it ends with that, and closing it alone does nothing.
   */
  async close(): Promise<void> {
    if (this.#actor === this.#session.actor) await this.#session.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** Listens to an event; `update` is told as the member of this face sees it. */
  on<E extends keyof AlbumEvents>(event: E, listener: Listener<E>): this {
    this.#events.on(event, listener)
    return this
  }

  once<E extends keyof AlbumEvents>(event: E, listener: Listener<E>): this {
    this.#events.once(event, listener)
    return this
  }

  off<E extends keyof AlbumEvents>(event: E, listener: Listener<E>): this {
    this.#events.off(event, listener)
    return this
  }

  #alive(): void {
    if (this.#session.closed) throw new AlbumError('CLOSED', 'The album is closed')
  }

  #rethrow(error: unknown): never {
    if (this.#session.closed && (isClosing(error) || codeOf(error) === 'ABORTED')) {
      throw new AlbumError('CLOSED', 'The album was closed meanwhile', { cause: error })
    }
    throw error
  }
}
