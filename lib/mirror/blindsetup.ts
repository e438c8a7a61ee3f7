import b4a from 'b4a'
import c from 'compact-encoding'
import type { KeyPair, NoiseStream } from 'hypercore'
import type Dht from 'hyperdht'
import Protomux from 'protomux'
import { AlbumError } from '../errors.ts'
import { type BlindCode, SETUP, blindCodeId, proofOf } from '../membership/blindcode.ts'
import { type Out, encode, tryDecode } from '../schema/codec.ts'
import type { Signal } from '../types.ts'
import { sleep } from '../util/wait.ts'
import { type SignedAllowed, includes, openAllowed } from '../view/allowed.ts'
import { Backoff } from './backoff.ts'

// Milliseconds: the device that made the code may be off for days.
const ASKING = { first: 1000, most: 60_000 }
const PATIENCE = 30_000
// A device that does not know the code says nothing to it; nor does one that is just being opened.
const SILENCES = 3

const REFUSALS: Record<string, () => AlbumError> = {
  expired: () => new AlbumError('INVITE_EXPIRED', 'This code has expired: make another one'),
  used: () =>
    new AlbumError(
      'INVITE_USED',
      'Another box has used this code, or this one was removed: make another one'
    ),
  rejected: () =>
    new AlbumError('INVITE_REJECTED', 'The album did not take this mirror: who made the code is no owner')
}

/**
 * Shows a code to the device that made it, as soon as that is online, and resolves to the first list; null where the signal
 * aborts. Throws `INVITE_INVALID`, `INVITE_EXPIRED`, `INVITE_USED`, `INVITE_REJECTED`.
 */
export async function setUp(
  dht: Dht,
  keyPair: KeyPair,
  code: BlindCode,
  signal: Signal
): Promise<SignedAllowed | null> {
  const backoff = new Backoff(ASKING)
  for (let silences = 0; !signal.aborted;) {
    const answer = await ask(dht, keyPair, code, signal)
    if (answer === 'silence' && ++silences === SILENCES) {
      throw new AlbumError('INVITE_INVALID', 'The device that this code names knows no such code')
    }
    if (answer !== null && answer !== 'silence') {
      if (answer.refusal !== null) throw (REFUSALS[answer.refusal] ?? REFUSALS['rejected'])?.()
      const list = answer.list && openAllowed(answer.list)
      // Nobody else can answer on that connection, but the list is what everything later rests on.
      if (list && b4a.equals(list.issuer, code.identity) && includes(list.owners, code.identity)) return list
      throw REFUSALS['rejected']?.()
    }
    await sleep(backoff.next(), signal)
  }
  return null
}

type Asked = Out['knock-answer'] | 'silence' | null

/** Asks once: null where the device is not online, or did not get to answer. */
async function ask(dht: Dht, keyPair: KeyPair, code: BlindCode, signal: Signal): Promise<Asked> {
  const stream = dht.connect(code.address, { keyPair })
  stream.on('error', () => {})
  const onabort = (): void => stream.destroy()
  signal.addEventListener('abort', onabort)
  const timer = setTimeout(onabort, PATIENCE)
  try {
    if (!(await stream.opened) || stream.destroyed) return null
    return await new Promise<Asked>((resolve) => knock(stream, code, resolve))
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', onabort)
    stream.destroy()
  }
}

function knock(stream: NoiseStream, { secret }: BlindCode, answered: (answer: Asked) => void): void {
  stream.on('close', () => answered(null))
  const channel = Protomux.from(stream).createChannel({
    protocol: SETUP,
    id: blindCodeId(secret),
    messages: [
      { encoding: c.buffer, onmessage: () => {} },
      { encoding: c.buffer, onmessage: (bytes) => answered(tryDecode('knock-answer', bytes)) }
    ],
    // Before the connection ends it was the other side that closed it.
    onclose: () => answered(stream.destroyed ? null : 'silence')
  })
  channel?.open()
  const proof = proofOf(secret, stream.handshakeHash as Uint8Array)
  channel?.messages[0]?.send(encode('knock', { proof }))
}
