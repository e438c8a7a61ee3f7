import test, { type Assertions } from 'brittle'
import BlindPairing from 'blind-pairing'
import type { MemberRequest } from 'blind-pairing-core'
import c from 'compact-encoding'
import type { NoiseStream } from 'hypercore'
import crypto from 'hypercore-crypto'
import Hyperswarm from 'hyperswarm'
import Protomux from 'protomux'
import { Album } from './plain.ts'
import type { NetworkOption } from '../index.ts'
import { seal } from '../lib/log/keychain.ts'
import { decodeCode } from '../lib/membership/code.ts'
import { encode } from '../lib/schema/codec.ts'
import { certificateStatement, openCandidate } from '../lib/view/identity.ts'
import { createNetwork, eventually, failureOf, joinAlbum, png, tmp } from './helpers.ts'
import { openInside } from './insider.ts'

type Network = { bootstrap: { host: string; port: number }[] }

/** A swarm of somebody's own, gone after the test. */
function stranger(t: Assertions, network: Network): Hyperswarm {
  const swarm = new Hyperswarm({ bootstrap: network.bootstrap })
  t.teardown(() => swarm.destroy())
  return swarm
}

async function joinWith(
  t: Assertions,
  code: string,
  network: NetworkOption,
  folder = tmp(t),
  signal?: AbortSignal
): Promise<Album> {
  const options = { member: 'Grandma', device: 'phone', network, timeout: 20_000, ...(signal && { signal }) }
  const album = await Album.join(folder, code, options)
  t.teardown(() => album.close())
  return album
}

/** Sends garbage on every channel that anybody who knows the topic can open; counts how often. */
function babble(swarm: Hyperswarm, topic: Uint8Array): { sent: number } {
  const counter = { sent: 0 }
  const garbage = [Buffer.alloc(34), Buffer.alloc(0), Buffer.alloc(1, 255), Buffer.alloc(3000, 1)]
  for (let length = 1; length < 400; length = length * 2 + 1)
    garbage.push(Buffer.from(crypto.randomBytes(length)))
  const speak = (stream: NoiseStream): void => {
    for (const protocol of ['blind-pairing', 'hyperalbum/gate/1', 'wakeup', 'hypercore/alpha']) {
      const message = { encoding: c.raw, onmessage: () => {} }
      const channel = Protomux.from(stream).createChannel({
        protocol,
        id: topic,
        messages: [message, message, message, message]
      })
      channel?.open()
      for (const message of channel?.messages ?? []) {
        for (const bytes of garbage) {
          // As the protocol frames its messages, and as nobody does.
          message.send(c.encode(c.buffer, bytes))
          if (protocol !== 'wakeup') message.send(bytes)
          counter.sent++
        }
      }
    }
  }
  swarm.on('connection', (stream) => {
    stream.on('error', () => {})
    speak(stream)
  })
  swarm.join(topic, { server: true, client: true })
  return counter
}

test('garbage from a stranger on the pairing channel harms neither member nor candidate', async (t) => {
  const network = await createNetwork(t)
  const folder = tmp(t)
  const founder = await Album.create(folder, { name: 'Our family', member: 'Dad', network })
  t.teardown(() => founder.close())
  const { code } = await founder.invites.create()
  const topic = founder.discoveryKey

  const toMember = babble(stranger(t, network), topic)
  await eventually(() => toMember.sent > 0)
  await founder.add(png('after the noise'))
  await founder.close()

  const toCandidate = babble(stranger(t, network), topic)
  const joining = joinWith(t, code, network)
  await eventually(() => toCandidate.sent > 0)
  const again = await Album.open(folder, { network })
  t.teardown(() => again.close())
  const joined = await joining
  const photo = await joined.add(png('joined through the noise'))
  await eventually(() => again.get(photo.id))
  t.is((await again.members.list()).length, 2)
})

/** Answers everybody who asks with a code as its holder can: by whatever `forge` makes of the request. */
function answerFalsely(
  t: Assertions,
  network: Network,
  code: string,
  forge: (request: MemberRequest, userData: Uint8Array) => void
): { answered: number } {
  const counter = { answered: 0 }
  const { decoded } = decodeCode(code)
  const signer = crypto.keyPair(decoded.seed)
  const pairing = new BlindPairing(stranger(t, network))
  t.teardown(() => pairing.close(), { order: -1 })
  pairing.addMember({
    discoveryKey: decoded.discoveryKey,
    onadd: (request) => {
      counter.answered++
      forge(request, request.open(signer.publicKey))
    }
  })
  return counter
}

/** An admission as somebody makes it up who knows all keys of the album but those of the device that invited. */
function forgedAdmission(
  code: string,
  userData: Uint8Array,
  album: { key: Uint8Array; encryptionKey: Uint8Array }
): { data: Uint8Array; signature: Uint8Array } {
  const { decoded } = decodeCode(code)
  const signer = crypto.keyPair(decoded.seed)
  const candidate = openCandidate(decoded.id, userData)
  if (candidate === null) throw new Error('The request is not one')
  const forger = crypto.keyPair()
  const certifiedAt = Date.now()
  const statement = certificateStatement(album.key, candidate.identity, certifiedAt, decoded.id)
  const admission = encode('admission', {
    encryptionKey: album.encryptionKey,
    epochKey: crypto.randomBytes(32),
    identity: forger.publicKey,
    certifiedAt,
    invite: decoded.id,
    certificate: crypto.sign(statement, forger.secretKey)
  })
  const data = seal(admission, candidate.box)
  return { data, signature: crypto.sign(data, signer.secretKey) }
}

test('acceptances forged by other holders of the code are ignored, before and beside the true one', async (t) => {
  const network = await createNetwork(t)
  const folder = tmp(t)
  const founder = await Album.create(folder, { name: 'Our family', member: 'Dad', network })
  t.teardown(() => founder.close())
  const former = await joinAlbum(t, founder, network, { member: 'Uncle' })
  const { code } = await founder.invites.create()
  const { key } = founder
  await founder.close()
  await former.close()

  // A former member knows the album's key; which others it knows makes no difference.
  const forgeries: ((request: MemberRequest, userData: Uint8Array) => void)[] = [
    (request, userData) => {
      const additional = forgedAdmission(code, userData, { key, encryptionKey: crypto.randomBytes(32) })
      request.confirm({ key, additional })
    },
    (request, userData) => {
      const wrong = crypto.randomBytes(32)
      const additional = forgedAdmission(code, userData, { key: wrong, encryptionKey: wrong })
      request.confirm({ key: wrong, additional })
    },
    (request) => {
      const data = crypto.randomBytes(200)
      const { seed } = decodeCode(code).decoded
      const signature = crypto.sign(data, crypto.keyPair(seed).secretKey)
      request.confirm({ key, additional: { data, signature } })
    },
    (request) => request.confirm({ key } as never)
  ]
  const forgers = forgeries.map((forge) => answerFalsely(t, network, code, forge))
  const mine = tmp(t)
  const controller = new AbortController()
  const joining = joinWith(t, code, network, mine, controller.signal)
  joining.catch(() => {})
  await eventually(() => forgers.every(({ answered }) => answered > 0))
  controller.abort()
  t.is(await failureOf(joining), 'ABORTED', 'no answer was taken')

  const again = await Album.open(folder, { network })
  t.teardown(() => again.close())
  const joined = await joinWith(t, code, network, mine)
  t.is(joined.writable, true)
  const photo = await joined.add(png(1))
  await eventually(() => again.get(photo.id))
})

test('an acceptance with the right encryption key from another device than the inviter’s is ignored', async (t) => {
  const network = await createNetwork(t)
  const folder = tmp(t)
  const founder = await Album.create(folder, { name: 'Our family', member: 'Dad', network })
  t.teardown(() => founder.close())
  const { code } = await founder.invites.create()
  const { key } = founder
  await founder.close()
  // As a former member has it.
  const { session } = await openInside(t, folder)
  const { encryptionKey } = session.log
  await session.close()
  const forger = answerFalsely(t, network, code, (request, userData) => {
    request.confirm({ key, additional: forgedAdmission(code, userData, { key, encryptionKey }) })
  })
  const mine = tmp(t)
  const joining = joinWith(t, code, network, mine)
  await eventually(() => forger.answered > 0)
  t.is(forger.answered, 1)
  const again = await Album.open(folder, { network })
  t.teardown(() => again.close())
  const joined = await joining
  t.is(joined.writable, true)
})
