import EventEmitter from 'events'
import type { Actor } from './log/actor.ts'
import type { Session } from './session.ts'
import type { AlbumEvents, Listener } from './types.ts'
import { watchBatches } from './watching.ts'
import { manyWaitOn } from './util/wait.ts'

/**
 * An album's events as one member sees them. All but `update` are the same for everybody; changes are worked out only
 * while somebody listens.
 */
export class Events {
  readonly #session: Session
  readonly #actor: Actor
  readonly #updates: EventEmitter<Pick<AlbumEvents, 'update'>> = new EventEmitter()
  #following: AbortController | null = null

  constructor(session: Session, actor: Actor) {
    this.#session = session
    this.#actor = actor
  }

  on<E extends keyof AlbumEvents>(event: E, listener: Listener<E>): void {
    this.#emitter(event).on(event, listener as never)
    this.#begin(event, listener)
  }

  once<E extends keyof AlbumEvents>(event: E, listener: Listener<E>): void {
    this.#emitter(event).once(event, listener as never)
    this.#begin(event, listener)
  }

  off<E extends keyof AlbumEvents>(event: E, listener: Listener<E>): void {
    this.#emitter(event).off(event, listener as never)
    this.#endUnheard()
  }

  #emitter(event: keyof AlbumEvents): EventEmitter {
    return (event === 'update' ? this.#updates : this.#session.events) as EventEmitter
  }

  #begin<E extends keyof AlbumEvents>(event: E, listener: Listener<E>): void {
    if (event === 'update') this.#follow()
    // It may have turned out while the album was being opened, when nobody could listen yet.
    const { upgrade } = this.#session.log
    if (event === 'upgrade-required' && upgrade !== null) {
      queueMicrotask(() => (listener as Listener<'upgrade-required'>)(upgrade))
    }
  }

  #follow(): void {
    if (this.#following) return
    const stop = manyWaitOn()
    this.#following = stop
    const follow = async (): Promise<void> => {
      for await (const batch of watchBatches(this.#session, this.#actor, { signal: stop.signal })) {
        this.#updates.emit('update', batch)
        this.#endUnheard()
      }
    }
    follow().catch((error: unknown) => this.#session.warn(error))
  }

  #endUnheard(): void {
    if (this.#following === null || this.#updates.listenerCount('update') > 0) return
    this.#following.abort()
    this.#following = null
  }
}
