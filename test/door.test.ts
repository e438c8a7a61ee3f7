// What a hostile joiner with a live code makes the device write that answers it.
import test, { type Assertions } from 'brittle'
import type { InviteOptions, NetworkOption } from '../index.ts'
import { deviceKeys } from '../lib/log/keychain.ts'
import { Log } from '../lib/log/log.ts'
import { Storage } from '../lib/log/storage.ts'
import { askToJoin, candidateData } from '../lib/membership/candidate.ts'
import { decodeCode } from '../lib/membership/code.ts'
import { Swarm } from '../lib/network/swarm.ts'
import { OP, decodeOp } from '../lib/schema/op.ts'
import { LIMITS } from '../lib/view/rules.ts'
import { forger, invitation, receipt } from './forge.ts'
import { createAlbum, createNetwork, failureOf, joinAlbum, tmp } from './helpers.ts'
import { openInside } from './insider.ts'
import { Album } from './plain.ts'

/** Hears how many ops of a type are written from now on, to the end of the test. */
function countWritten(t: Assertions, type: number): () => number {
  let count = 0
  const append = Log.prototype.append
  Log.prototype.append = function (ops) {
    for (const op of ops) if (decodeOp(op)?.type === type) count++
    return append.call(this, ops)
  }
  t.teardown(() => void (Log.prototype.append = append))
  return () => count
}

/** Asks with keys of its own, under any names, past what the library checks; the code of the answer's error. */
async function ask(
  t: Assertions,
  network: NetworkOption,
  text: string,
  names: [member: string, device: string]
): Promise<string> {
  const storage = await Storage.open(tmp(t), { existing: false })
  const store = await storage.part(storage.newNamespace())
  const keys = await deviceKeys(store, store.namespace('log'))
  const code = decodeCode(text)
  const swarm = (await Swarm.open(network, keys.identity)) as Swarm
  const asked = askToJoin(swarm, code, candidateData(code, keys, ...names), keys, { timeout: 20_000 })
  const failure = await failureOf(asked)
  await swarm.close()
  await store.close()
  await storage.close()
  return failure
}

const LONG = 'x'.repeat(LIMITS.name + 1)

test('door: names that no album takes are refused, and nothing is written', async (t) => {
  const network = await createNetwork(t)
  const dad = await createAlbum(t, { network })
  const admits = countWritten(t, OP.admit)
  const invites: InviteOptions[] = [{ uses: 0 }, { uses: 0, approval: true }]
  for (const options of invites) {
    const { code } = await dad.invites.create(options)
    t.is(await ask(t, network, code, ['', 'phone']), 'INVITE_REJECTED')
    t.is(await ask(t, network, code, ['Eve', LONG]), 'INVITE_REJECTED')
  }
  t.is(admits(), 0)
  t.alike(await dad.invites.requests(), [], 'nobody is asked about them either')
  const joined = await joinAlbum(t, dad, network, { member: 'Mum' })
  t.ok(joined.writable)
  t.is(admits(), 1)
})

test('door: a member’s device beyond the last is told so, and nothing is written however often it asks', async (t) => {
  const network = await createNetwork(t)
  const folder = tmp(t)
  const made = await Album.create(folder, { name: 'Our family', member: 'Dad', network: false })
  await made.close()
  const { session } = await openInside(t, folder)
  const { actor, keys, log } = session
  const dads = forger(keys)
  const invite = invitation(log.key, dads, { own: true })
  await actor.append('invite', invite.body)
  for (let i = 1; i < LIMITS.devicesOfMember; i++) {
    await actor.append('admit', { invite: invite.id, receipt: receipt(invite, forger(), 'Dad') })
  }
  t.is((await session.queries.cast()).devices.size, LIMITS.devicesOfMember)
  await session.close()

  const dad = await Album.open(folder, { network })
  t.teardown(() => dad.close())
  const admits = countWritten(t, OP.admit)
  const { code } = await dad.members.linkDevice()
  for (let i = 0; i < 3; i++) t.is(await ask(t, network, code, ['Dad', `phone ${i}`]), 'ALBUM_FULL')
  const joining = Album.join(tmp(t), code, { member: 'Dad', network, timeout: 20_000 })
  t.is(await failureOf(joining), 'ALBUM_FULL')
  t.is(admits(), 0)
})
