import test, { type Assertions } from 'brittle'
import { Album } from './plain.ts'
import type { Member, NetworkOption, Photo } from '../index.ts'
import {
  collect,
  createAlbum,
  createNetwork,
  eventually,
  failureOf,
  joinAlbum,
  png,
  readAll,
  tmp
} from './helpers.ts'
import { openInside } from './insider.ts'

const named = async (album: Album, name: string): Promise<Member> =>
  (await eventually(async () =>
    (await album.members.list()).find((member) => member.name === name)
  )) as Member

const arrived = async (album: Album, photo: Photo): Promise<Photo> =>
  (await eventually(() => album.get(photo.id))) as Photo

/** Another device of the same person. */
async function linked(t: Assertions, album: Album, network: NetworkOption, device: string): Promise<Album> {
  const { code } = await album.members.linkDevice()
  const other = await Album.join(tmp(t), code, { member: 'ignored', device, network, timeout: 20_000 })
  t.teardown(() => other.close())
  return other
}

test('what viewers and contributors may do, and may not', async (t) => {
  const network = await createNetwork(t)
  const album = await createAlbum(t, { network })
  const [viewer, kid] = await Promise.all([
    joinAlbum(t, album, network, { member: 'Viewer', invite: { role: 'viewer' } }),
    joinAlbum(t, album, network, { member: 'Kid' })
  ])
  const photo = await album.add(png('dad'))
  await Promise.all([arrived(viewer, photo), arrived(kid, photo)])
  const dad = album.me

  t.is(await failureOf(viewer.add(png('viewer'))), 'FORBIDDEN')
  t.is(await failureOf(viewer.edit(photo.id, { caption: 'mine' })), 'FORBIDDEN')
  t.is(await failureOf(viewer.trash(photo.id)), 'FORBIDDEN')
  t.is(await failureOf(viewer.collections.create({ name: 'Mine' })), 'FORBIDDEN')
  const favourite = await viewer.edit(photo.id, { favourite: true })
  t.is(favourite.favourite, true)
  await eventually(async () => (await album.get(photo.id))?.favouriteOf.includes(viewer.me))
  t.is((await album.get(photo.id))?.favourite, false, 'a favourite is one’s own')

  t.is((await kid.edit(photo.id, { caption: 'Kid says' })).caption, 'Kid says')
  t.is(await failureOf(kid.trash(photo.id)), 'FORBIDDEN')
  t.is(await failureOf(kid.purge(photo.id)), 'FORBIDDEN')
  const own = await kid.add(png('kid'))
  t.ok((await kid.trash(own.id)).trashed)

  for (const one of [viewer, kid]) {
    t.is(await failureOf(one.invites.create()), 'FORBIDDEN')
    t.is(await failureOf(one.members.remove(dad)), 'FORBIDDEN')
    t.is(await failureOf(one.members.setRole(one.me, 'owner')), 'FORBIDDEN')
    t.is(await failureOf(one.members.create({ name: 'Ghost' })), 'FORBIDDEN')
    t.is(await failureOf(one.members.rename(dad, 'Dud')), 'FORBIDDEN')
    t.is(await failureOf(one.members.delegate(dad)), 'FORBIDDEN')
    t.is(await failureOf(one.rename('Mine')), 'FORBIDDEN')
    const { devices } = await named(one, 'Dad')
    t.is(await failureOf(one.members.removeDevice(devices[0]?.id ?? '')), 'FORBIDDEN')
  }
  t.is((await album.get(photo.id))?.trashed, null)
})

test('a role given and taken takes effect on the member’s device', async (t) => {
  const network = await createNetwork(t)
  const album = await createAlbum(t, { network })
  const kid = await joinAlbum(t, album, network, { member: 'Kid', invite: { role: 'viewer' } })
  const role = (wanted: string) => async (): Promise<boolean> => (await kid.status()).role === wanted

  t.is((await album.members.setRole(kid.me, 'contributor')).role, 'contributor')
  await eventually(role('contributor'))
  const photo = await kid.add(png(1))
  t.is(photo.by.name, 'Kid')
  t.is(await failureOf(kid.rename('Kid’s')), 'FORBIDDEN')

  await album.members.setRole(kid.me, 'owner')
  await eventually(role('owner'))
  await kid.rename('Kid’s album')
  await eventually(() => album.name === 'Kid’s album')
  t.is(await failureOf(kid.members.setRole(album.me, 'viewer')), 'FORBIDDEN', 'an earlier owner stands')

  await album.members.setRole(kid.me, 'viewer')
  await eventually(role('viewer'))
  t.is(await failureOf(kid.add(png(2))), 'FORBIDDEN')
  t.is(await failureOf(kid.rename('Again')), 'FORBIDDEN')
  t.ok(await kid.get(photo.id), 'what was added stays')
  t.is(await failureOf(album.members.setRole(kid.me, 'mirror' as never)), 'BAD_ARGUMENT')
  t.is(await failureOf(album.members.setRole('00'.repeat(16), 'viewer')), 'NOT_FOUND')
})

test('the last owner can neither leave nor be demoted', async (t) => {
  const network = await createNetwork(t)
  const album = await createAlbum(t, { network })
  await joinAlbum(t, album, network, { member: 'Kid' })
  t.is(await failureOf(album.members.remove(album.me)), 'FORBIDDEN')
  t.is(await failureOf(album.members.setRole(album.me, 'contributor')), 'FORBIDDEN')
  t.is((await album.status()).role, 'owner')
  t.is(await failureOf(album.rename('Still mine')), 'resolved')
})

test('another device of the same person is the same member', async (t) => {
  const network = await createNetwork(t)
  const album = await createAlbum(t, { network })
  const phone = await joinAlbum(t, album, network, { member: 'Mum', device: 'phone' })
  const tablet = await linked(t, phone, network, 'tablet')
  t.is(tablet.me, phone.me)
  const [first, second] = await Promise.all([phone.add(png('phone')), tablet.add(png('tablet'))])
  t.is(first.by.id, second.by.id)
  t.is(first.via.name, 'phone')
  t.is(second.via.name, 'tablet')
  await Promise.all([arrived(album, first), arrived(album, second)])
  t.is((await album.members.list()).length, 2)
  const mum = await named(album, 'Mum')
  t.alike(mum.devices.map(({ name }) => name).sort(), ['phone', 'tablet'])
  t.alike((await tablet.members.me())?.devices.map(({ name, me }) => `${name} ${me}`).sort(), [
    'phone false',
    'tablet true'
  ])
  t.alike(await readAll(album, second), Buffer.from(png('tablet')))

  // A favourite of hers is hers on both.
  await phone.edit(first.id, { favourite: true })
  await eventually(async () => (await tablet.get(first.id))?.favourite)
  // What the phone added, the tablet may take back.
  await arrived(tablet, first)
  t.ok((await tablet.trash(first.id)).trashed)
})

test('a viewer links a device, and it is a viewer’s', async (t) => {
  const network = await createNetwork(t)
  const album = await createAlbum(t, { network })
  const phone = await joinAlbum(t, album, network, { member: 'Aunt', invite: { role: 'viewer' } })
  const tablet = await linked(t, phone, network, 'tablet')
  t.is((await tablet.status()).role, 'viewer')
  t.is(await failureOf(tablet.add(png(1))), 'FORBIDDEN')
  await album.members.setRole(phone.me, 'contributor')
  await eventually(async () => (await tablet.status()).role === 'contributor')
  t.is((await tablet.add(png(1))).by.name, 'Aunt')
})

test('a person without a device adds through somebody else’s, by delegation', async (t) => {
  const network = await createNetwork(t)
  const album = await createAlbum(t, { network })
  const home = await joinAlbum(t, album, network, { member: 'Kid', device: 'home server' })
  const granny = await album.members.create({ name: 'Granny', role: 'contributor' })
  t.alike(granny.devices, [])
  await named(home, 'Granny')

  t.is(await failureOf(home.as(granny.id).add(png(0))), 'FORBIDDEN', 'not before it was allowed')
  const device = (await home.members.me())?.devices[0]?.id ?? ''
  await album.members.delegate(granny.id, device)
  await eventually(() => home.as(granny.id).me === granny.id)
  const photo = await home.as(granny.id).add(png('granny'))
  t.is(photo.by.id, granny.id)
  t.is(photo.by.name, 'Granny')
  t.is(photo.via.name, 'home server')
  t.is((await arrived(album, photo)).by.name, 'Granny')
  t.alike(await readAll(album, photo), Buffer.from(png('granny')))

  // In her name, with her rights and no more.
  const as = home.as(granny.id)
  t.is((await as.edit(photo.id, { favourite: true })).favourite, true)
  t.is((await home.get(photo.id))?.favourite, false)
  t.ok((await as.trash(photo.id)).trashed)
  t.is(await failureOf(as.invites.create()), 'FORBIDDEN')
  t.is(await failureOf(as.members.linkDevice()), 'FORBIDDEN')
  t.is(await failureOf(as.members.delegate(granny.id)), 'FORBIDDEN')
  t.is(await failureOf(as.members.remove(granny.id)), 'FORBIDDEN')
  t.is(await failureOf(album.as(granny.id).add(png(3))), 'FORBIDDEN', 'nobody else was allowed')

  await album.members.delegate(granny.id, device, { revoke: true })
  await eventually(() => home.as(granny.id).me === '')
  t.is(await failureOf(as.add(png(4))), 'FORBIDDEN')
  t.is(await failureOf(album.members.delegate(granny.id, '00'.repeat(32))), 'NOT_FOUND')
})

test('an owner’s delegation does not make the device an owner', async (t) => {
  const network = await createNetwork(t)
  const album = await createAlbum(t, { network })
  const home = await joinAlbum(t, album, network, { member: 'Kid' })
  const device = (await home.members.me())?.devices[0]?.id ?? ''
  await album.members.delegate(album.me, device)
  const as = home.as(album.me)
  await eventually(() => as.me === album.me)
  t.is((await as.add(png(1))).by.name, 'Dad')
  t.is(await failureOf(as.invites.create()), 'FORBIDDEN')
  t.is(await failureOf(as.members.setRole(home.me, 'owner')), 'FORBIDDEN')
  t.is(await failureOf(as.members.create({ name: 'Ghost' })), 'FORBIDDEN')
  t.is(await failureOf(as.members.remove(home.me)), 'FORBIDDEN')
  t.is(await failureOf(as.rename('Mine')), 'FORBIDDEN')
})

test('members rename themselves, owners anybody', async (t) => {
  const network = await createNetwork(t)
  const album = await createAlbum(t, { network })
  const kid = await joinAlbum(t, album, network, { member: 'Kid', invite: { role: 'viewer' } })
  t.is((await kid.members.rename(kid.me, ' Bob ')).name, 'Bob')
  await named(album, 'Bob')
  t.is((await album.members.rename(kid.me, 'Robert')).name, 'Robert')
  await named(kid, 'Robert')
  t.is(await failureOf(album.members.rename(kid.me, ' ')), 'BAD_ARGUMENT')
  t.is(await failureOf(album.members.rename(kid.me, 'x'.repeat(201))), 'BAD_ARGUMENT')
  t.is(await failureOf(album.members.rename('nobody', 'Bob')), 'NOT_FOUND')
  t.is(await failureOf(album.members.create({ name: 'Boss', role: 'owner' as never })), 'BAD_ARGUMENT')
})

test('a removed device is out, the member’s other device goes on', async (t) => {
  const network = await createNetwork(t)
  const album = await createAlbum(t, { network })
  const phone = await joinAlbum(t, album, network, { member: 'Mum', device: 'phone' })
  const tablet = await linked(t, phone, network, 'tablet')
  const lost = (await phone.members.me())?.devices.find((device) => device.name === 'phone')?.id ?? ''
  await named(album, 'Mum')
  await eventually(async () => (await named(album, 'Mum')).devices.length === 2)
  t.alike(await tablet.members.removeDevice(lost, { timeout: 20_000 }), { final: true })
  await eventually(async () => (await named(album, 'Mum')).devices.some(({ removed }) => removed))
  await eventually(() => !phone.writable)
  t.ok(['REMOVED', 'NOT_WRITABLE'].includes(await failureOf(phone.add(png('phone')))))
  t.is((await tablet.add(png('tablet'))).by.name, 'Mum')
  t.is(await failureOf(album.members.removeDevice(lost)), 'NOT_FOUND')
  t.is((await named(album, 'Mum')).removed, false)
})

test('a member leaves, and what was added stays', async (t) => {
  const network = await createNetwork(t)
  const album = await createAlbum(t, { network })
  const kid = await joinAlbum(t, album, network, { member: 'Kid' })
  const photo = await kid.add(png('kid'))
  await arrived(album, photo)
  t.alike(await album.download(), { files: 1, bytes: photo.size, missing: [] })
  const id = kid.me
  await kid.members.remove(id)
  t.is(kid.writable, false)
  t.is(await failureOf(kid.add(png('late'))), 'REMOVED')
  t.is(await failureOf(kid.edit(photo.id, { favourite: true })), 'REMOVED')
  await eventually(async () => (await album.members.get(id))?.removed)
  t.is((await album.get(photo.id))?.by.name, 'Kid')
  t.alike(await readAll(album, photo), Buffer.from(png('kid')))
  t.is(await failureOf(album.members.remove(id)), 'NOT_FOUND')
  t.is(await failureOf(album.members.setRole(id, 'owner')), 'NOT_FOUND')
})

test('a removal is final only when the device that signs the index has confirmed it', async (t) => {
  const network = await createNetwork(t)
  const album = await createAlbum(t, { network })
  const mum = await joinAlbum(t, album, network, { member: 'Mum', invite: { role: 'owner' } })
  const ghost = await mum.members.create({ name: 'Ghost' })
  const other = await mum.members.create({ name: 'Other' })
  t.alike(await mum.members.remove(ghost.id, { timeout: 20_000 }), { final: true })
  await album.close()
  t.alike(await mum.members.remove(other.id, { timeout: 300 }), { final: false })
  t.is((await mum.members.get(other.id))?.removed, true)
})

test('a photo added again after a phone was lost has its bytes again', async (t) => {
  const network = await createNetwork(t)
  const dad = await createAlbum(t, { network })
  const { code } = await dad.members.linkDevice()
  const phone = await Album.join(tmp(t), code, { member: 'Dad', device: 'phone', network, timeout: 20_000 })
  const added = await phone.add(png('only on the phone'))
  await arrived(dad, added)
  await phone.close()
  const lost = (await dad.members.me())?.devices.find(({ name }) => name === 'phone')
  await dad.members.removeDevice(lost?.id ?? '')
  t.is(await failureOf(readAll(dad, added)), 'PHOTO_UNAVAILABLE')

  const [again] = await collect(dad.addAll([png('only on the phone')]))
  t.is(again?.status, 'duplicate')
  t.alike(await readAll(dad, added), Buffer.from(png('only on the phone')))
  t.is((await dad.get(added.id))?.alsoBy.length, 0, 'it is still one photo by one person')
  const [third] = await collect(dad.addAll([png('only on the phone')]))
  t.is(third?.status, 'duplicate')
  t.is((await dad.status()).photos, 1)
})

test('somebody who leaves is shut out of what comes, as soon as an owner’s device is there', async (t) => {
  const network = await createNetwork(t)
  const [folder, hers] = [tmp(t), tmp(t)]
  const dad = await Album.create(folder, { name: 'Our family', member: 'Dad', network })
  t.teardown(() => dad.close())
  const uncle = await joinAlbum(t, dad, network, { member: 'Uncle' })
  const { code } = await dad.invites.create()
  const aunt = await Album.join(hers, code, { member: 'Aunt', network, timeout: 20_000 })
  t.teardown(() => aunt.close())
  await named(uncle, 'Aunt')
  await dad.close()
  await uncle.members.remove(uncle.me)
  await eventually(async () => (await named(aunt, 'Uncle')).removed)
  t.ok((await aunt.status()).removalPending, 'no owner’s device has begun a new epoch')

  const again = await Album.open(folder, { network })
  t.teardown(() => again.close())
  await eventually(async () => !(await aunt.status()).removalPending)
  const photo = await aunt.add(png('after'))
  await eventually(() => again.get(photo.id))
  await aunt.close()
  const { session } = await openInside(t, hers)
  const cast = await session.queries.cast()
  const epoch = cast.album.epoch as Uint8Array
  const sealed = (name: string): Promise<number> => {
    const device = [...cast.devices].find(([, row]) => cast.person(row.member).name === name)?.[0] ?? 0
    return session.queries.rows(async (rows) => (await rows.sealed(epoch, device)).length)
  }
  t.alike([await sealed('Uncle'), await sealed('Aunt')], [0, 1], 'who left has no key of the new epoch')
  const found = await session.queries.rows((rows) => rows.record(Buffer.from(photo.id, 'hex')))
  const { device, drive } = found?.record.contributions[0] ?? { device: 0, drive: 1 }
  t.alike(cast.drivesOf(device)[drive - 1]?.epoch, epoch, 'and what is added lies in it')
})
