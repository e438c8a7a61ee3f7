import test, { type Assertions } from 'brittle'
import { Album } from './plain.ts'
import type { Invite, NetworkOption } from '../index.ts'
import { decodeCode } from '../lib/membership/code.ts'
import { createAlbum, createNetwork, eventually, failureOf, joinAlbum, png, tmp } from './helpers.ts'
import { openInside } from './insider.ts'

const YEAR = 365 * 86_400_000
const ALPHABET = 'ybndrfg8ejkmcpqxot1uwisza345h769'

/** Joins with a code in a new folder; closed after the test. */
async function joinWith(
  t: Assertions,
  code: string,
  network: NetworkOption,
  member = 'Grandma'
): Promise<Album> {
  const album = await Album.join(tmp(t), code, { member, device: 'phone', network, timeout: 25_000 })
  t.teardown(() => album.close())
  return album
}

test('a code that is wrong, truncated or mistyped is INVITE_INVALID, before anything is asked', async (t) => {
  const album = await createAlbum(t)
  const { code } = await album.invites.create()
  const folder = tmp(t)
  const refused = async (text: string): Promise<string> =>
    failureOf(Album.join(folder, text, { member: 'Grandma', network: false }))

  const wrong = [
    '',
    ' ',
    'hello',
    '0'.repeat(40),
    'https://example.org/join',
    'hyperalbum://join/',
    `y${code}`
  ]
  for (const text of wrong) t.is(await refused(text), 'INVITE_INVALID', `'${text.slice(0, 24)}'`)
  for (const text of [code + code, code.slice(1), code.slice(0, -8)])
    t.is(await refused(text), 'INVITE_INVALID')

  // One slip anywhere; the last character is left out, since two of its bits mean nothing.
  let passed = 0
  for (let at = 0; at < code.length - 1; at += 9) {
    const other = ALPHABET[(ALPHABET.indexOf(code.charAt(at)) + 1) % 32] as string
    const mistyped = code.slice(0, at) + other + code.slice(at + 1)
    if ((await refused(mistyped)) !== 'INVITE_INVALID') passed++
    if ((await refused(code.slice(0, at))) !== 'INVITE_INVALID') passed++
  }
  t.is(passed, 0, 'no slip passes')
  t.is(await failureOf(Album.open(folder, { network: false })), 'NOT_AN_ALBUM', 'nothing was begun')
})

test('a code works in capitals, broken into lines, and as a link', async (t) => {
  const network = await createNetwork(t)
  const album = await createAlbum(t, { network })
  const invite = await album.invites.create({ uses: 3 })
  const lines = `  ${invite.code.slice(0, 60)}\r\n ${invite.code.slice(60)}\n`
  const texts = [lines, invite.code.toUpperCase(), `${invite.url.toUpperCase()}\n`]
  const joined = await Promise.all(texts.map((text) => joinWith(t, text, network)))
  for (const one of joined) t.is(one.id, album.id)
  t.is((await album.invites.get(invite.id))?.used, 3)
})

test('an expired invite is refused by the joiner’s own clock, without asking anybody', async (t) => {
  const album = await createAlbum(t)
  const { code, expiresAt } = await album.invites.create({ expires: 1 })
  t.ok(expiresAt && Date.parse(expiresAt) <= Date.now() + 1)
  await new Promise((resolve) => setTimeout(resolve, 5))
  const folder = tmp(t)
  t.is(await failureOf(Album.join(folder, code, { member: 'Grandma', network: false })), 'INVITE_EXPIRED')
  t.is(await failureOf(Album.open(folder, { network: false })), 'NOT_AN_ALBUM')
})

test('an invite that expires while its maker is away is refused by the maker', async (t) => {
  const network = await createNetwork(t)
  const folder = tmp(t)
  const founder = await Album.create(folder, { name: 'Our family', member: 'Dad', network })
  t.teardown(() => founder.close())
  // Codes carry whole seconds.
  const { code } = await founder.invites.create({ expires: 2000 })
  await founder.close()
  const asking = failureOf(joinWith(t, code, network))
  await new Promise((resolve) => setTimeout(resolve, 2050))
  const again = await Album.open(folder, { network })
  t.teardown(() => again.close())
  t.is(await asking, 'INVITE_EXPIRED')
  t.is((await again.members.list()).length, 1)
})

test('a used invite is INVITE_USED, a revoked one INVITE_REJECTED, also after its maker restarted', async (t) => {
  const network = await createNetwork(t)
  const folder = tmp(t)
  const founder = await Album.create(folder, { name: 'Our family', member: 'Dad', network })
  t.teardown(() => founder.close())
  const used = await founder.invites.create()
  const revoked = await founder.invites.create()
  await joinWith(t, used.code, network)
  t.is((await founder.invites.revoke(revoked.id)).revoked, true)
  t.is(await failureOf(joinWith(t, used.code, network)), 'INVITE_USED')
  t.is(await failureOf(joinWith(t, revoked.code, network)), 'INVITE_REJECTED')
  await founder.close()

  const again = await Album.open(folder, { network })
  t.teardown(() => again.close())
  const [first, second] = await Promise.all([
    failureOf(joinWith(t, used.code, network)),
    failureOf(joinWith(t, revoked.code, network))
  ])
  t.is(first, 'INVITE_USED')
  t.is(second, 'INVITE_REJECTED')
  t.is((await again.members.list()).length, 2)
})

test('the only invite of a device, revoked before a restart, is still answered', async (t) => {
  const network = await createNetwork(t)
  const folder = tmp(t)
  const founder = await Album.create(folder, { name: 'Our family', member: 'Dad', network })
  t.teardown(() => founder.close())
  const { id, code } = await founder.invites.create()
  await founder.invites.revoke(id)
  await founder.close()
  const again = await Album.open(folder, { network })
  t.teardown(() => again.close())
  t.is(await failureOf(joinWith(t, code, network)), 'INVITE_REJECTED')
})

test('of two who race for a one-use invite exactly one joins', async (t) => {
  const network = await createNetwork(t)
  const album = await createAlbum(t, { network })
  const { id, code } = await album.invites.create()
  const outcomes = await Promise.all([
    failureOf(joinWith(t, code, network, 'Ann')),
    failureOf(joinWith(t, code, network, 'Bob'))
  ])
  t.alike(outcomes.sort(), ['INVITE_USED', 'resolved'])
  t.is((await album.invites.get(id))?.used, 1)
  t.is((await album.members.list()).length, 2)
})

test('an invite of two uses lets two in and not three', async (t) => {
  const network = await createNetwork(t)
  const album = await createAlbum(t, { network })
  const { id, code } = await album.invites.create({ uses: 2 })
  const names = ['Ann', 'Bob', 'Cid']
  const outcomes = await Promise.all(names.map((name) => failureOf(joinWith(t, code, network, name))))
  t.alike(outcomes.sort(), ['INVITE_USED', 'resolved', 'resolved'])
  t.is((await album.invites.get(id))?.used, 2)
})

test('several invites with different roles live at once', async (t) => {
  const network = await createNetwork(t)
  const album = await createAlbum(t, { network })
  const roles = ['viewer', 'contributor', 'owner'] as const
  const invites = await Promise.all(roles.map((role) => album.invites.create({ role })))
  t.is(new Set(invites.map((invite) => invite.code)).size, 3)
  t.alike(
    (await album.invites.list()).map((invite) => invite.role).sort(),
    [...roles].sort(),
    'all are listed'
  )
  const joined = await Promise.all(
    roles.map((role, i) => joinWith(t, (invites[i] as Invite).code, network, role))
  )
  for (const [i, one] of joined.entries()) {
    t.is((await one.members.me())?.role, roles[i])
    t.is((await one.status()).role, roles[i])
  }
  const [viewer, contributor, owner] = joined as [Album, Album, Album]
  t.is(await failureOf(viewer.add(png(1))), 'FORBIDDEN')
  t.is(await failureOf(contributor.add(png(2))), 'resolved')
  t.is(await failureOf(contributor.invites.create()), 'FORBIDDEN')
  t.is(await failureOf(owner.invites.create()), 'resolved')

  // Whoever did not make an invite sees it, and not its code.
  const seen = (await eventually(() => viewer.invites.get((invites[2] as Invite).id))) as Invite
  t.is(seen.code, '')
  t.is(seen.url, '')
})

test('an owner revokes another owner’s invite, a contributor does not', async (t) => {
  const network = await createNetwork(t)
  const album = await createAlbum(t, { network })
  const [owner, contributor] = await Promise.all([
    joinAlbum(t, album, network, { member: 'Mum', invite: { role: 'owner' } }),
    joinAlbum(t, album, network, { member: 'Kid' })
  ])
  const { id, code } = await album.invites.create()
  await eventually(() => owner.invites.get(id))
  await eventually(() => contributor.invites.get(id))
  t.is(await failureOf(contributor.invites.revoke(id)), 'FORBIDDEN')
  t.is((await album.invites.get(id))?.revoked, false)
  await owner.invites.revoke(id)
  await eventually(async () => (await album.invites.get(id))?.revoked)
  t.is(await failureOf(joinWith(t, code, network)), 'INVITE_REJECTED')
  t.is(await failureOf(owner.invites.revoke('00'.repeat(32))), 'NOT_FOUND')
})

test('what cannot be an invite is BAD_ARGUMENT, and nothing is written', async (t) => {
  const folder = tmp(t)
  const album = await Album.create(folder, { name: 'Our family', member: 'Dad', network: false })
  t.teardown(() => album.close())
  const { length } = (await album.status()).index
  const wrong: Record<string, unknown[]> = {
    role: ['toString', '', null, 0, ['owner']],
    expires: [-1, NaN, Infinity, -Infinity, 1e300, 2 ** 53, 100 * YEAR, '60000', null, true],
    uses: [-1, 1.5, NaN, Infinity, 2 ** 53, '1', null]
  }
  for (const [option, values] of Object.entries(wrong)) {
    for (const value of values) {
      const outcome = await failureOf(album.invites.create({ [option]: value }))
      t.is(outcome, 'BAD_ARGUMENT', `${option}: ${String(value)}`)
    }
  }
  for (const expires of wrong['expires'] as number[]) {
    t.is(await failureOf(album.members.linkDevice({ expires })), 'BAD_ARGUMENT', `a device's: ${expires}`)
  }
  t.alike(await album.invites.list(), [])
  t.is((await album.status()).index.length, length)
  await album.close()
  const { session } = await openInside(t, folder)
  t.is(await session.invites.hasMade(), false, 'nor does the device keep a seed')
})

test('the longest an invite may last stands in its code as the album has it, and so does for ever', async (t) => {
  const album = await createAlbum(t)
  const longest = Date.UTC(2106, 0, 1) - Date.now()
  for (const expires of [1000, 50 * YEAR, longest]) {
    const { code, expiresAt } = await album.invites.create({ expires })
    const said = decodeCode(code).decoded.expires
    const late = Date.parse(expiresAt ?? '') - said
    t.ok(late >= 0 && late < 1000, `the joiner reads ${new Date(said).toISOString()}`)
  }
  const forever = await album.invites.create({ expires: 0, uses: 0 })
  t.is(forever.expiresAt, null)
  t.is(forever.uses, 0)
  t.is(decodeCode(forever.code).decoded.expires, 0)
})
