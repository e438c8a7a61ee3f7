import type Hypercore from 'hypercore'
import { AlbumError } from '../errors.ts'
import { bounded, sleep } from '../util/wait.ts'

// Milliseconds that an append waits for parts of the index that lie with others.
const TIMEOUT = 5000

/** The index's cores on this device: whether all of the index lies here, and fetching what does not. */
export class IndexCopy {
  readonly #cores: () => Hypercore[]
  readonly #closing: AbortSignal
  readonly #onfetched: () => void
  #fetching: Promise<void> | null = null

  /** `cores` gives those of the log as it is now: a fast-forward moves the index to others. */
  constructor(cores: () => Hypercore[], closing: AbortSignal, onfetched: () => void) {
    this.#cores = cores
    this.#closing = closing
    this.#onfetched = onfetched
  }

  get whole(): boolean {
    // What is not final yet was made here.
    return this.#cores().every((core) => isWhole(core))
  }

  /** Fetches the parts of the index that are not on this device yet. */
  fetch(): Promise<void> {
    this.#fetching ??= this.#fetch().finally(() => {
      this.#fetching = null
    })
    return this.#fetching
  }

  async #fetch(): Promise<void> {
    while (!this.#closing.aborted && !this.whole) {
      const downloads = this.#cores().map((core) =>
        core.download({ start: 0, end: core.signedLength }).done()
      )
      await Promise.all(downloads)
      // A reboot in between moves the view to other cores: look again.
      await sleep(10, this.#closing)
    }
    if (!this.#closing.aborted) this.#onfetched()
  }

  /**
   * Resolves when ops can be appended, which reads tree nodes of the view. After a fast-forward they lie with others:
   * connected, they come as they are needed; alone, an append would wait for ever, so it is refused (`INDEX_INCOMPLETE`)
   * before anything is queued.
   */
  async untilReadable(): Promise<void> {
    if (this.whole || this.#cores().some((core) => core.peers.length > 0)) return
    try {
      await bounded(this.fetch(), { signal: this.#closing, timeout: TIMEOUT }, 'Fetching the index')
    } catch (error) {
      if (this.#closing.aborted) throw new AlbumError('CLOSED', 'The album was closed while adding')
      throw new AlbumError(
        'INDEX_INCOMPLETE',
        'A part of the index is still with other devices, and none of them can be reached: try again when one is online',
        { cause: error }
      )
    }
  }
}

// Of a core that others gave in part and this device worked out in part, hypercore (11.37.1) does not count on.
function isWhole({ signedLength, contiguousLength, core }: Hypercore): boolean {
  if (contiguousLength >= signedLength) return true
  const lacking = core.bitfield.firstUnset(contiguousLength)
  return lacking === -1 || lacking >= signedLength
}
