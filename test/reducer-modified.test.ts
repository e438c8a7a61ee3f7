// Modified programs, end to end: what they write past the public interface, seen through everybody else's.
import { createHash } from 'node:crypto'
import { createRequire } from 'node:module'
import test from 'brittle'
import type { Assertions } from 'brittle'
import type Hypercore from 'hypercore'
import { Album } from './plain.ts'
import type { NetworkOption, Role } from '../index.ts'
import { fromHex } from '../lib/util/hex.ts'
import { CAPTION } from '../lib/schema/op.ts'
import { CONTRIBUTOR, LIMITS, OWNER, VIEWER } from '../lib/view/rules.ts'
import { SUPPORTED_VERSION } from '../lib/view/versions.ts'
import { Reader, type Writer, createCircle, join, joinAll, together } from './circle.ts'
import * as forge from './forge.ts'
import { forger, op } from './forge.ts'
import { collect, createAlbum, createNetwork, eventually, png, readAll, tmp, viewOf } from './helpers.ts'
import { type Insider, openInside } from './insider.ts'
import { Ledger } from './ledger.ts'

/** A core that opens sessions with other encodings. */
interface Session extends Hypercore {
  session(options: object): Session
}

/** Somebody joins, lets a modified program at the folder, and comes back with the one that all have. */
async function joinAndForge(
  t: Assertions,
  album: Album,
  network: NetworkOption,
  role: Exclude<Role, 'mirror'>,
  forgery: (inside: Insider, joined: Album) => Promise<void>
): Promise<Album> {
  const folder = tmp(t)
  const { code } = await album.invites.create({ role })
  const joined = await Album.join(folder, code, { member: 'Eve', device: 'phone', network, timeout: 30_000 })
  await eventually(async () => (await joined.status()).photos === (await album.status()).photos)
  await joined.close()
  const inside = await openInside(t, folder)
  // What its device does by itself is over.
  await eventually(async () => {
    const { queries, log } = inside.session
    return (await queries.cast()).deviceByWriter(log.writer)?.row.supports === SUPPORTED_VERSION
  })
  // What came last before it went may not have been taken in yet.
  let seen = -1
  await eventually(async () => {
    const { version } = inside.session.log.view
    const steady = version === seen
    seen = version
    await new Promise((resolve) => setTimeout(resolve, 300))
    return steady && inside.session.log.view.version === version
  })
  await forgery(inside, joined)
  await inside.session.close()
  const back = await Album.open(folder, { network })
  t.teardown(() => back.close())
  return back
}

/** Waits until one has heard all that the other wrote before; whom it likes is every member's own affair. */
async function heard(by: Album, from: Album, photo: string): Promise<void> {
  await from.edit(photo, { favourite: true })
  await eventually(async () => (await by.get(photo))?.favouriteOf.includes(from.me))
}

test('modified: nothing that a viewer forges counts', { timeout: 60_000 }, async (t) => {
  const network = await createNetwork(t)
  const dad = await createAlbum(t, { network })
  const photo = await dad.add(png(1), { caption: 'Genuine' })
  const liked = await dad.add(png(2))
  const collection = await dad.collections.create({ name: 'Holidays' })
  const { id: inviteId } = await dad.invites.create({ role: 'contributor' })
  const eve = await joinAndForge(t, dad, network, 'viewer', async ({ session }) => {
    const ids = [fromHex(photo.id, 32) as Uint8Array]
    const dadsId = fromHex(dad.me, 16) as Uint8Array
    const me = (await session.actor.author())?.memberRow.id as Uint8Array
    const device = forger(session.keys)
    const invite = forge.invitation(dad.key, device, { role: OWNER })
    const nonce = forge.random(16)
    const before = session.log.view.version
    const forged = (as: Uint8Array | null): Uint8Array[] => [
      op('photos', { photos: [forge.photo('forged')] }, { as }),
      op('edit', { ids, fields: CAPTION, values: { caption: 'Forged' } }, { as }),
      op('trash', { ids }, { as }),
      op('withdraw', { ids }, { as }),
      op('purge', { ids }, { as }),
      op('collection', { nonce, name: 'Forged' }, { as }),
      op('collection', { id: fromHex(collection.id, 16), remove: true }, { as }),
      op('rename', { name: 'Forged' }, { as }),
      op('set-role', { member: me, role: OWNER }, { as }),
      op('member', { nonce, name: 'Forged', role: 1 }, { as }),
      op('remove', { member: dadsId }, { as }),
      op('delegate', { member: dadsId, device: session.keys.writerKey }, { as }),
      op('invite', invite.body, { as }),
      op('revoke-invite', { id: fromHex(inviteId, 32) as Uint8Array }, { as }),
      op('admit', { invite: invite.id, receipt: forge.receipt(invite, forger(), 'Ghost') }, { as }),
      op('epoch', forge.epochBody(2, [session.keys.writerKey]), { as }),
      op('heirs', { devices: [session.keys.writerKey] }, { as }),
      op('raise-version', { version: 99 }, { as })
    ]
    await session.log.append([...forged(null), ...forged(dadsId)])
    t.is(session.log.view.version, before, 'not even in its own view')
  })
  await heard(dad, eve, liked.id)
  t.alike(await dad.get(photo.id), photo)
  t.is(dad.name, 'Our family')
  t.alike(
    (await dad.members.list()).map(({ name, role, removed }) => [name, role, removed]),
    [
      ['Dad', 'owner', false],
      ['Eve', 'viewer', false]
    ]
  )
  t.alike(
    (await dad.invites.list()).map(({ revoked }) => revoked),
    [false, false]
  )
  t.is((await dad.collections.list()).length, 1)
  t.is(await viewOf(dad), await viewOf(eve))
})

test(
  'modified: no number that a contributor makes up breaks what others read',
  { timeout: 60_000 },
  async (t) => {
    const network = await createNetwork(t)
    const dad = await createAlbum(t, { network })
    const photo = await dad.add(png(1))
    const eve = await joinAndForge(t, dad, network, 'contributor', async ({ session }) => {
      await session.drives.get()
      const far = { at: Number.MAX_SAFE_INTEGER }
      const last = { at: 253_402_300_799_999 }
      const blocks = 4_294_967_295
      const original = { blockOffset: 0, blockLength: blocks, byteOffset: 0, byteLength: blocks }
      const captured = { local: 0, source: 99, precision: 99, offset: Number.MAX_SAFE_INTEGER }
      const device = forger(session.keys)
      const endless = { own: true, expires: Number.MAX_SAFE_INTEGER }
      const until = { own: true, expires: last.at }
      const [nonce, other] = [forge.random(16), forge.random(16)]
      const ids = [fromHex(photo.id, 32) as Uint8Array]
      await session.log.append([
        op('photos', { photos: [forge.photo('far')] }, far),
        op(
          'photos',
          { photos: [forge.photo('last', { type: 77, width: 1_000_000, duration: 31_536_000_000 })] },
          last
        ),
        op('photos', { photos: [forge.photo('wide', { width: 2 ** 52 })] }),
        op('photos', { photos: [forge.photo('offset', { captured })] }),
        op('photos', { photos: [forge.photo('endless', { size: blocks, original, thumbnail: null })] }),
        op('purge', { ids: [forge.photoId('endless')] }),
        op('edit', { ids, fields: CAPTION, values: { caption: 'Far' } }, far),
        op('edit', { ids, fields: CAPTION, values: { caption: 'Last' } }, last),
        op('collection', { nonce, name: 'Far' }, far),
        op('collection', { nonce: other, name: 'Last' }, last),
        op('invite', forge.invitation(dad.key, device, endless).body),
        op('invite', forge.invitation(dad.key, device, until).body)
      ])
    })
    await heard(dad, eve, photo.id)
    const names = (await collect(dad.list())).map(({ name }) => name)
    t.alike(names.includes('IMG_last.jpg'), true)
    t.is(names.length, 2)
    t.is((await collect(dad.timeline())).length, 2)
    t.alike(
      (await dad.history(photo.id)).map(({ after }) => after),
      ['Last']
    )
    t.alike(
      (await dad.collections.list()).map(({ name }) => name),
      ['Last']
    )
    t.is((await dad.invites.list()).length, 2)
    t.is((await dad.members.list()).length, 2)
    t.is(await viewOf(dad), await viewOf(eve))
    // What was purged is dropped in the background: not by counting to four thousand millions.
    await dad.add(png(3))
    const started = Date.now()
    await dad.close()
    t.ok(Date.now() - started < 5000, 'closes at once')
  }
)

test('modified: wrong bytes for a photo do not hide the right ones', { timeout: 60_000 }, async (t) => {
  const network = await createNetwork(t)
  const dad = await createAlbum(t, { network })
  const folder = tmp(t)
  const { code } = await dad.invites.create({ role: 'contributor' })
  let ann = await Album.join(folder, code, { member: 'Ann', device: 'phone', network, timeout: 30_000 })
  const [bytes, later] = [png('right'), png('later')]
  const photo = await ann.add(bytes)
  await eventually(() => dad.get(photo.id))
  await ann.close()
  const laterId = createHash('sha256').update(later).digest()
  const wrong = png('wrong')
  t.is(wrong.byteLength, bytes.byteLength)
  await joinAndForge(t, dad, network, 'contributor', async ({ session }) => {
    const { drives, number } = await session.drives.get()
    const claim = async (id: Uint8Array, made: Uint8Array): Promise<Uint8Array> => {
      const [original] = await drives.write([{ path: '/made.png', bytes: made }])
      if (!original) throw new Error('Not written')
      const size = made.byteLength
      return op('photos', { photos: [forge.photo('', { id, size, drive: number, original })] })
    }
    await session.log.append([
      await claim(fromHex(photo.id, 32) as Uint8Array, wrong),
      // One that is not in the album yet, of another size than it will have.
      await claim(laterId, wrong.subarray(0, 20))
    ])
  })
  await eventually(async () => (await dad.get(photo.id))?.alsoBy.length === 1)
  await t.exception(readAll(dad, photo), /not this photo/)

  ann = await Album.open(folder, { network })
  t.teardown(() => ann.close())
  await eventually(() => ann.get(laterId.toString('hex')))
  const added = await ann.add(later)
  t.is(added.alsoBy.length, 1)
  for (const [id, right] of [
    [photo.id, bytes],
    [added.id, later]
  ] as const) {
    const reads = (read: Buffer): boolean => read.equals(right)
    await eventually(() => readAll(dad, { id }).then(reads, () => false))
  }
  t.pass('once somebody with the right ones is there')
})

test('modified: a position at the very end of a collection keeps no photo out of the album', async (t) => {
  const network = await createNetwork(t)
  const dad = await createAlbum(t, { network })
  const photo = await dad.add(png(1))
  const { id } = await dad.collections.create({ name: 'Holidays' })
  const ids = [fromHex(photo.id, 32) as Uint8Array]
  const collection = fromHex(id, 16) as Uint8Array
  await joinAndForge(t, dad, network, 'contributor', async ({ session }) => {
    await session.log.append([op('collect', { collection, ids, positions: ['z'.repeat(LIMITS.position)] })])
  })
  await eventually(async () => (await collect(dad.collections.photos(id))).length === 1)
  const [added] = await collect(dad.addAll([png(2)], { collection: id }))
  t.is(added?.status, 'added')
  t.alike(added?.photo?.collections, [id])
  t.ok(await dad.add(png(3), { collection: id }))
  const moved = await dad.collections.add(id, [photo.id], { after: added?.photo?.id ?? '' })
  t.is(moved[0]?.status, 'done')
  t.is((await collect(dad.collections.photos(id))).length, 3)
})

test('modified: blocks that Autobase would stumble over stop nobody', { timeout: 60_000 }, async (t) => {
  const { OplogMessage } = createRequire(import.meta.url)('autobase/lib/messages.js') as {
    OplogMessage: unknown
  }
  const [founder, ann, eve] = (await createCircle(t, CONTRIBUTOR, VIEWER)) as [Writer, Writer, Writer]
  // Her core as Autobase writes it, with the same head twice and hints without end.
  await eve.write('hello', { supports: 7 })
  await eve.log.close()
  const modified = await Reader.open(t, eve, eve.store)
  const base = modified.base as unknown as { local: Session; getWriterEncryption(): unknown }
  const core = base.local.session({ valueEncoding: OplogMessage, encryption: base.getWriterEncryption() })
  await core.ready()
  const last = (await core.get(core.length - 1)) as unknown as object
  const head = { key: base.local.key, length: core.length }
  const blocks = Array.from({ length: 300_000 }, (_, i) => i)
  const crafted = {
    ...last,
    node: { heads: [head, head], batch: 1, value: op('hello', { supports: 8 }) },
    trace: { system: [], encryption: [], user: [{ view: 0, blocks }] }
  }
  await core.append(crafted as unknown as Uint8Array)
  await core.close()
  const part = [join(modified, ann), join(ann, founder)]
  await eventually(
    async () => (await ann.cast()).deviceByWriter(eve.device.keys.writerKey)?.row.supports === 8
  )
  await founder.add('goes on')
  await eventually(async () => (await ann.rows.place(forge.photoId('goes on'))) !== null)
  await ann.add('so does she')
  await eventually(async () => (await founder.rows.place(forge.photoId('so does she'))) !== null)
  t.alike([...ann.warnings, ...founder.warnings], [])
  part.forEach((leave) => leave())
})

test('modified: what changes nothing is not written', async (t) => {
  const ledger = await Ledger.create(t)
  const eve = await ledger.admit('Eve', VIEWER)
  await ledger.add(ledger.founder, 'photo')
  const ids = Array<Uint8Array>(500).fill(forge.photoId('photo'))
  t.ok(await ledger.write(eve, 'favourite', { ids, on: true }))
  const { version } = ledger.bee
  t.ok(await ledger.write(eve, 'favourite', { ids, on: false }))
  t.ok(ledger.bee.version - version <= 4, 'once for an id')
  t.absent(await ledger.write(eve, 'favourite', { ids, on: false }))
  t.ok(await ledger.write(eve, 'hello', { supports: 3 }))
  t.absent(await ledger.write(eve, 'hello', { supports: 3 }))
  // Drives are as many as there may be epochs, each a row of its own.
  let pairs = 1
  while (
    await ledger.write(
      eve,
      'device',
      forge.drivesBody(ledger.key, { ...eve, ...forge.forger(eve.keys) }, pairs)
    )
  )
    pairs++
  t.is(pairs, 1 + LIMITS.undoneEpochs)
})

test('modified: a contributor’s purge does not delete what another adds', async (t) => {
  const ledger = await Ledger.create(t)
  const [ann, bob] = [await ledger.admit('Ann', CONTRIBUTOR), await ledger.admit('Bob', CONTRIBUTOR)]
  const ids = [forge.photoId('x')]
  await ledger.add(ann, 'x')
  await ledger.write(ann, 'purge', { ids })
  await ledger.add(ann, 'x')
  t.is(await ledger.record('x'), null, 'her own word holds for her')
  t.ok(await ledger.add(bob, 'x'))
  t.is((await ledger.record('x'))?.contributions.length, 1, 'not for him')
  await ledger.write(ledger.founder, 'purge', { ids })
  await ledger.add(bob, 'x')
  t.is(await ledger.record('x'), null, 'an owner’s holds for all')
  t.is((await ledger.rows.purged(forge.photoId('x')))?.contributions.length, 4, 'and all bytes are known')
  for (let i = 0; i < 400; i++) await ledger.add(bob, 'x')
  t.is((await ledger.rows.purged(forge.photoId('x')))?.contributions.length, LIMITS.purged)
})

test('modified: bytes that were given again are known to the purge, both times', async (t) => {
  const ledger = await Ledger.create(t)
  const ann = await ledger.admit('Ann', CONTRIBUTOR)
  const ids = [forge.photoId('x')]
  await ledger.add(ledger.founder, 'x')
  await ledger.add(ann, 'x')
  await ledger.write(ann, 'withdraw', { ids })
  const original = { blockOffset: 7, blockLength: 1, byteOffset: 9000, byteLength: 1000 }
  await ledger.write(ann, 'photos', { photos: [forge.photo('x', { original })] })
  await ledger.write(ledger.founder, 'purge', { ids })
  const { contributions = [] } = (await ledger.rows.purged(forge.photoId('x'))) ?? {}
  t.alike(
    contributions.filter(({ member }) => member === 2).map((one) => one.original.blockOffset),
    [0, 7]
  )
})

test('modified: what a photo shows and says is not for others to make up', async (t) => {
  const ledger = await Ledger.create(t)
  const [ann, eve] = [await ledger.admit('Ann', CONTRIBUTOR), await ledger.admit('Eve', CONTRIBUTOR)]
  await ledger.add(ann, 'x')
  const place = { blockOffset: 3, blockLength: 1, byteOffset: 0, byteLength: 10 }
  const made = { width: 7, height: 7, camera: 'Evil', location: { latitude: 1, longitude: 1 }, damaged: true }
  const pictures = { thumbnail: place, preview: place, placeholder: forge.random(20) }
  await ledger.write(eve, 'photos', { photos: [forge.photo('x', { ...made, ...pictures })] })
  const before = await ledger.record('x')
  t.alike([before?.width, before?.camera, before?.location, before?.damaged], [0, null, null, false])
  t.is(before?.contributions.length, 2)

  await ledger.write(ann, 'photos', { photos: [forge.photo('x', { ...made, ...pictures, camera: 'Hers' })] })
  const after = await ledger.record('x')
  t.alike([after?.width, after?.camera, after?.contributions.length], [7, 'Hers', 2], 'her own counts')
  t.ok(after?.contributions[0]?.thumbnail)
  for (const location of [
    { latitude: 91e7, longitude: 0 },
    { latitude: 0, longitude: -181e7 }
  ]) {
    t.absent(await ledger.write(eve, 'photos', { photos: [forge.photo('y', { location })] }))
  }
})

test('modified: ops of many megabytes hold nobody up', { timeout: 60_000 }, async (t) => {
  const [dad, ann, eve] = (await createCircle(t, CONTRIBUTOR, VIEWER)) as [Writer, Writer, Writer]
  // What a Hypercore 11.37 takes at most is a block of 15 MiB; the log adds some bytes of its own.
  const refused = eve.raw(forge.random(15 * 1024 * 1024)).then(
    () => false,
    () => true
  )
  t.ok(await refused, 'a larger one cannot be written')
  for (let i = 0; i < 3; i++) await eve.raw(forge.random(14 * 1024 * 1024))
  const part = joinAll([dad, ann, eve])
  await ann.add('after')
  await together(dad, ann)
  t.ok(await dad.rows.record(forge.photoId('after')))
  await eve.write('hello', { supports: 9 })
  await eventually(async () => (await dad.rows.device(3))?.supports === 9)
  t.alike([dad.warnings, ann.warnings], [[], []])
  part()
})
