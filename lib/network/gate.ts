import b4a from 'b4a'
import c from 'compact-encoding'
import type { KeyPair, NoiseStream } from 'hypercore'
import crypto from 'hypercore-crypto'
import Protomux, { type Channel } from 'protomux'
import { type Out, encode, tryDecode } from '../schema/codec.ts'
import { certificateStatement } from '../view/identity.ts'

const PROTOCOL = 'hyperalbum/gate/1'
const [NS_PASS] = crypto.namespace(PROTOCOL, 1) as [Uint8Array]
const EMPTY = b4a.alloc(0)

/** What the album says of a device at the gate. */
export type Verdict = 'welcome' | 'removed' | 'stranger'

/** What the gate asks of the album behind it. */
export interface Gatekeeper {
  /** The album's key. */
  readonly key: Uint8Array
  readonly discoveryKey: Uint8Array
  readonly identity: KeyPair
  /** Who admitted this device, and that device's signature for it; null for the founder. */
  certificate(): Certificate | null
  /** Reads up on how somebody came, so that they can be judged. */
  consult(identity: Uint8Array, certified: Certified): Promise<void>
  /** Who comes; `certified` is null without a certificate. */
  judge(identity: Uint8Array, certified: Certified | null): Verdict
  /** Another device says that this one was removed. */
  dismissed(by: Uint8Array): void
  /** Another device lets this one in. */
  welcomed(by: Uint8Array): void
  /** Starts replicating with it. */
  admit(stream: NoiseStream): void
  /** Somebody came or went. */
  changed(): void
}

/** A device's word for one that it admitted. */
export interface Certificate {
  /** Identity of the device that signed it. */
  issuer: Uint8Array
  /** Milliseconds since 1970. */
  certifiedAt: number
  /** The invite by which it was admitted. */
  invite: Uint8Array
  certificate: Uint8Array
}

/** A certificate whose signature is right: by whom, when (ms since 1970), and by which invite. */
export interface Certified {
  issuer: Uint8Array
  at: number
  invite: Uint8Array
}

interface Visitor {
  stream: NoiseStream
  /** It is for this album alone, and goes where the device has another one. */
  spare: boolean
  channel: Channel | null
  /** What the other side has shown, once its signatures were checked. */
  shown: { identity: Uint8Array; certified: Certified | null } | null
  /** Its certificate is being looked into. */
  waits: boolean
  accepted: boolean
  told: boolean
  heard: boolean
}

/**
 * Stands at every connection. Each side signs the connection's handshake with its device's identity key; only where
 * both find the other to be a current device of the album is anything replicated. Swarm keys do not tell who somebody
 * is, since an app may hand in a swarm with a key of its own. Everyone else gets pairing and nothing more; a device that
 * was removed is told so, since it gets no more of the log that would say it.
 */
export class Gate {
  readonly #keeper: Gatekeeper
  readonly #visitors = new Map<NoiseStream, Visitor>()
  #closed = false

  constructor(keeper: Gatekeeper) {
    this.#keeper = keeper
  }

  /** Meets a connection; a `spare` one is ended when its device is in by another. */
  meet(stream: NoiseStream, { spare = false }: { spare?: boolean } = {}): void {
    if (this.#visitors.has(stream) || this.#closed) return
    const visitor: Visitor = {
      stream,
      spare,
      channel: null,
      shown: null,
      waits: false,
      accepted: false,
      told: false,
      heard: false
    }
    this.#visitors.set(stream, visitor)
    stream.on('close', () => {
      this.#visitors.delete(stream)
      if (visitor.accepted) this.#keeper.changed()
    })
    stream.on('error', () => {})
    void stream.opened.then((opened) => {
      if (!opened || this.#closed || !this.#visitors.has(stream)) return
      const { discoveryKey } = this.#keeper
      // The other side may know the album only later, or open its end first.
      Protomux.from(stream).pair({ protocol: PROTOCOL, id: discoveryKey }, () => this.#open(visitor))
      this.#open(visitor)
    })
  }

  #open(visitor: Visitor): void {
    if (this.#closed || (visitor.channel !== null && !visitor.channel.closed)) return
    const channel = Protomux.from(visitor.stream).createChannel({
      protocol: PROTOCOL,
      id: this.#keeper.discoveryKey,
      messages: [
        { encoding: c.buffer, onmessage: (bytes) => this.#see(visitor, bytes) },
        { encoding: c.buffer, onmessage: () => this.#hear(visitor) },
        {
          encoding: c.buffer,
          onmessage: () => visitor.shown && this.#keeper.dismissed(visitor.shown.identity)
        }
      ],
      onclose: () => {
        if (visitor.channel !== channel) return
        // Its album was closed, in a swarm that goes on. What it was let in to stays open to it while it is welcome.
        visitor.channel = null
        if (isIn(visitor) && !this.#closed) this.#keeper.changed()
      }
    })
    if (channel === null) return
    visitor.channel = channel
    channel.open()
    channel.messages[0]?.send(this.#pass(visitor.stream))
    visitor.told = false
    if (visitor.accepted) channel.messages[1]?.send(EMPTY)
  }

  // Bound to this very connection and to which end of it we are, so that it is worth nothing elsewhere.
  #statement(stream: NoiseStream, initiator: boolean): Uint8Array {
    const side = b4a.from([initiator ? 1 : 0])
    return crypto.hash([NS_PASS, this.#keeper.key, stream.handshakeHash as Uint8Array, side])
  }

  #pass(stream: NoiseStream): Uint8Array {
    const { identity } = this.#keeper
    const signature = crypto.sign(this.#statement(stream, stream.isInitiator), identity.secretKey)
    return encode('pass', { identity: identity.publicKey, signature, ...this.#keeper.certificate() })
  }

  #see(visitor: Visitor, bytes: Uint8Array): void {
    // One after the other: whoever shows passes all the time is judged by each.
    const pass = visitor.waits ? null : tryDecode('pass', bytes)
    if (pass === null) return
    const statement = this.#statement(visitor.stream, !visitor.stream.isInitiator)
    if (!crypto.verify(statement, pass.signature, pass.identity)) return
    const certified = this.#certified(pass)
    visitor.shown = { identity: pass.identity, certified }
    visitor.waits = certified !== null
    if (certified) void this.#lookInto(visitor, pass.identity, certified)
    else this.#consider(visitor)
  }

  #certified(pass: Out['pass']): Certified | null {
    const { identity, issuer, certificate, certifiedAt: at, invite } = pass
    if (issuer === null || certificate === null || invite === null) return null
    const statement = certificateStatement(this.#keeper.key, identity, at, invite)
    return crypto.verify(statement, certificate, issuer) ? { issuer, at, invite } : null
  }

  async #lookInto(visitor: Visitor, identity: Uint8Array, certified: Certified): Promise<void> {
    await this.#keeper.consult(identity, certified)
    visitor.waits = false
    if (!this.#closed && this.#visitors.has(visitor.stream)) this.#consider(visitor)
  }

  #hear(visitor: Visitor): void {
    const back = isIn(visitor)
    visitor.heard = true
    if (visitor.shown) this.#keeper.welcomed(visitor.shown.identity)
    if (back) this.#keeper.changed()
    else this.#admit(visitor)
  }

  #consider(visitor: Visitor): void {
    if (visitor.shown === null) return
    const verdict = this.#keeper.judge(visitor.shown.identity, visitor.shown.certified)
    if (verdict === 'welcome' && !visitor.accepted) {
      if (visitor.waits) return
      visitor.accepted = true
      visitor.channel?.messages[1]?.send(EMPTY)
      this.#admit(visitor)
    } else if (verdict !== 'welcome' && visitor.accepted) {
      // It comes back, and is told then: nothing more goes over a connection on which it had been let in.
      visitor.stream.destroy()
    } else if (verdict === 'removed' && !visitor.told) {
      visitor.told = true
      visitor.channel?.messages[2]?.send(EMPTY)
    }
  }

  // Both sides have to have accepted: a channel that opens before the other end listens is rejected for good.
  #admit(visitor: Visitor): void {
    if (!isIn(visitor) || !this.#isKept(visitor)) return
    this.#keeper.admit(visitor.stream)
    this.#keeper.changed()
  }

  // Two devices that find each other in several ways, or both at once, go by one connection: both sides choose the same.
  #isKept(last: Visitor): boolean {
    const same = [...this.#visitors.values()].filter((visitor) => isIn(visitor) && isOfOne(visitor, last))
    const firm = same.find(({ spare }) => !spare)
    const begun = same.filter(({ stream }) => stream.isInitiator === this.#isLower(last))
    const kept = firm ?? begun.at(-1) ?? last
    for (const visitor of same) if (visitor.spare && visitor !== kept) visitor.stream.destroy()
    return !last.spare || last === kept
  }

  #isLower({ shown }: Visitor): boolean {
    return shown !== null && b4a.compare(this.#keeper.identity.publicKey, shown.identity) < 0
  }

  /** Looks at everybody again: members were admitted or removed. */
  recheck(): void {
    for (const visitor of this.#visitors.values()) this.#consider(visitor)
  }

  /** Identities of the devices that are in. */
  present(): Uint8Array[] {
    const all = [...this.#visitors.values()].filter((visitor) => isIn(visitor) && visitor.channel !== null)
    return all.flatMap((visitor) => (visitor.shown ? [visitor.shown.identity] : []))
  }

  /** Lets go of all connections; those of a swarm that is not ours stay open. */
  close(destroy: boolean): void {
    this.#closed = true
    for (const { stream, channel } of this.#visitors.values()) {
      channel?.close()
      if (destroy) stream.destroy()
    }
    this.#visitors.clear()
  }
}

function isOfOne({ shown: one }: Visitor, { shown: other }: Visitor): boolean {
  return one !== null && other !== null && b4a.equals(one.identity, other.identity)
}

function isIn(visitor: Visitor): boolean {
  return visitor.accepted && visitor.heard
}
