import fs from 'fs'
import path from 'path'
import b4a from 'b4a'
import Corestore from 'corestore'
import type Hypercore from 'hypercore'
import crypto from 'hypercore-crypto'
import { AlbumError, storageError } from '../errors.ts'
import type { CorestoreLike } from '../types.ts'
import { type Belongs, MANIFEST_VERSION, openApart } from './apart.ts'
import { Compaction, type Debt } from './compaction.ts'

const REGISTRY = 'hyperalbum/albums'
// What the registry's core keeps beside the albums.
const DEBT = 'hyperalbum/compaction'
// RocksDB (rocksdb-native 3.18) writes what is in its log of up to 72 MiB a second time, also at opening, and lays out
// the next log before it drops the first. Where the disk ends in the middle of that, nothing can be written until it is
// opened again, and it cannot be opened: so that much is left alone.
const RESERVE_BYTES = 160 * 1024 * 1024

/** Where, in the folder of an album that a recovery kit brings back, it is fetched. */
export const FETCHING = 'fetching'

/** An album that a store holds: where its cores are named, its key, and whether joining it is not finished yet. */
export interface Registered {
  /** The album's key, hex; empty while a joiner does not know it yet. */
  id: string
  namespace: string
  /** What a joiner asks with, and what it was answered, until it has joined. */
  join: { code: string; data: string; admission: string | null; sealed?: boolean } | null
  /** What is left to do where a recovery kit brings it back: to fetch what there is, or only to open it. */
  recovering?: 'fetching' | 'opening'
  /** Whether a recovery kit brought it back to be looked at only. */
  reading?: boolean
}

/** A Corestore and which albums it holds. A folder belongs to us and is closed with the album; a store does not. */
export class Storage {
  readonly store: Corestore
  readonly #owned: Corestore | null
  #compaction: Compaction | null = null

  private constructor(store: Corestore, owned: Corestore | null) {
    this.store = store
    this.#owned = owned
  }

  /**
   * Opens a folder or a Corestore. With `existing`, a folder that holds nothing is left as it is. In a new folder all keys
   * derive from the `primaryKey`.
   */
  static async open(
    where: string | CorestoreLike,
    options: { existing: boolean; primaryKey?: Uint8Array }
  ): Promise<Storage> {
    if (typeof where !== 'string') {
      const given = where as unknown as Corestore
      if (typeof given?.session !== 'function') {
        throw new AlbumError('BAD_ARGUMENT', 'storage must be a folder or a Corestore')
      }
      try {
        await given.ready()
        return new Storage(sessionOf(given), null)
      } catch (error) {
        if (given.closing) throw new AlbumError('CLOSED', 'The Corestore is closed', { cause: error })
        throw storageError(error)
      }
    }
    if (options.existing && !fs.existsSync(path.join(where, 'CORESTORE'))) {
      if (fs.existsSync(path.join(where, FETCHING))) throw pending()
      throw new AlbumError('NOT_AN_ALBUM', `There is no album in ${where}`)
    }
    if (fs.existsSync(where) && !fs.statSync(where).isDirectory()) {
      throw new AlbumError('NOT_AN_ALBUM', `${where} is not a folder`)
    }
    try {
      await keepPrivate(where)
      const { primaryKey } = options
      const keyed = primaryKey && { primaryKey, unsafe: true }
      const store = new Corestore(where, { manifestVersion: MANIFEST_VERSION, ...keyed })
      await store.ready()
      return new Storage(sessionOf(store), store)
    } catch (error) {
      if (options.primaryKey && /another corestore/i.test(String(error))) {
        throw new AlbumError('ALBUM_EXISTS', 'There is something else in this folder', { cause: error })
      }
      throw storageError(error)
    }
  }

  /** Whether the storage is a folder that we opened ourselves. */
  get isFolder(): boolean {
    return this.#owned !== null
  }

  /** The folder on the disk that the store lies in. */
  get folder(): string {
    return this.#root.storage.path
  }

  async albums(): Promise<Registered[]> {
    return this.#withRegistry(async (core) => read(core))
  }

  /** A new namespace for an album that is being made or joined. */
  newNamespace(): string {
    return b4a.toString(crypto.randomBytes(16), 'hex')
  }

  /** The part of the store where an album's cores lie. */
  part(namespace: string, belongs: Belongs = () => false): Promise<Corestore> {
    return openApart(this.store, namespace, belongs)
  }

  async register(album: Registered): Promise<void> {
    await this.#withRegistry(async (core) => {
      const others = (await read(core)).filter((one) => one.namespace !== album.namespace)
      await core.setUserData(REGISTRY, b4a.from(JSON.stringify([...others, album])))
    })
  }

  async forget(namespace: string): Promise<void> {
    await this.#withRegistry(async (core) => {
      const others = (await read(core)).filter((one) => one.namespace !== namespace)
      await core.setUserData(REGISTRY, b4a.from(JSON.stringify(others)))
    })
  }

  /** The album to open: the one there is, or the one asked for where there are several. */
  async choose(id: string | undefined): Promise<Registered> {
    const albums = await this.albums()
    const matching = id === undefined ? albums : albums.filter((one) => one.id === id)
    const [first, second] = matching
    if (first === undefined) throw new AlbumError('NOT_AN_ALBUM', 'There is no such album in this storage')
    if (second !== undefined) {
      throw new AlbumError('BAD_ARGUMENT', 'There are several albums in this store: say which with `album`')
    }
    return first
  }

  // An exclusive session waits for the one before it, so that two albums made at once do not overwrite each other.
  async #withRegistry<T>(task: (core: Hypercore) => Promise<T>): Promise<T> {
    const core = this.store.get({ name: REGISTRY, exclusive: true, active: false })
    try {
      await core.ready()
      return await task(core)
    } finally {
      await core.close()
    }
  }

  /** Throws `STORAGE_FULL` where writing so many bytes would leave too little of the disk. */
  async room(bytes: number): Promise<void> {
    const { bavail, bsize } = await fs.promises.statfs(this.folder)
    if (bavail * bsize - bytes < RESERVE_BYTES) {
      throw new AlbumError('STORAGE_FULL', 'The disk is almost full')
    }
  }

  get #root(): Corestore {
    return this.#owned ?? this.store.root ?? this.store
  }

  get #compacting(): Compaction {
    this.#compaction ??= new Compaction(this.#root.storage, RESERVE_BYTES, {
      read: () => this.#withRegistry(readDebt),
      write: (debt) => this.#withRegistry((core) => core.setUserData(DEBT, b4a.from(JSON.stringify(debt))))
    })
    return this.#compaction
  }

  /** To be called before something is cleared that the disk is to get back, also over a restart. */
  owe(): Promise<void> {
    return this.#compacting.owe()
  }

  /** Gives the disk back what was cleared, at once or, where that takes long, later and by itself. */
  compact(): Promise<void> {
    return this.#compacting.run()
  }

  /** The same `after` some milliseconds, or a minute, where the program ended before the disk had it back. */
  compactLater(after?: number): Promise<void> {
    return this.#compacting.resume(after)
  }

  async suspend(): Promise<void> {
    if (this.#owned) await this.#owned.suspend()
  }

  async resume(): Promise<void> {
    if (this.#owned) await this.#owned.resume()
  }

  async close(): Promise<void> {
    await this.#compaction?.close()
    await this.store.close()
    if (this.#owned) await this.#owned.close()
  }
}

/** The error for an album that a recovery kit has not brought back yet. */
export function pending(): AlbumError {
  const message = 'A recovery kit has not brought this album back yet: go on with it'
  return new AlbumError('RECOVERY_PENDING', message)
}

// A session does not take over its store's namespace by itself (corestore 7.12).
function sessionOf(store: Corestore): Corestore {
  return store.session({ namespace: store.ns, manifestVersion: MANIFEST_VERSION })
}

async function read(core: Hypercore): Promise<Registered[]> {
  const bytes = await core.getUserData(REGISTRY)
  return bytes === null ? [] : (JSON.parse(b4a.toString(bytes)) as Registered[])
}

async function readDebt(core: Hypercore): Promise<Debt | null> {
  const bytes = await core.getUserData(DEBT)
  return bytes === null ? null : (JSON.parse(b4a.toString(bytes)) as Debt)
}

/** Lets nobody else of this machine into an album's folder: the keys in it are the album. */
async function keepPrivate(folder: string): Promise<void> {
  await fs.promises.mkdir(folder, { recursive: true, mode: 0o700 })
  const { mode } = await fs.promises.stat(folder)
  // Some disks know no owners: there it cannot be helped.
  if (mode & 0o077) await fs.promises.chmod(folder, 0o700).catch(() => {})
}
