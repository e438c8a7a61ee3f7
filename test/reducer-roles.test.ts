// Who may do what, whatever a modified program writes: every type of op, by everybody. The reducer alone decides.
import test from 'brittle'
import crypto from 'hypercore-crypto'
import { CAPTION } from '../lib/schema/op.ts'
import { reignStatement } from '../lib/view/identity.ts'
import { type Allowed, signAllowed } from '../lib/view/allowed.ts'
import { Cast } from '../lib/view/cast.ts'
import { CONTRIBUTOR, LIMITS, MIRROR, OWNER, VIEWER } from '../lib/view/rules.ts'
import * as forge from './forge.ts'
import { type Forger, forger, op } from './forge.ts'
import { Ledger } from './ledger.ts'

const PEOPLE = {
  /** The founder. */
  owner: 'the founder',
  second: 'an owner admitted later',
  contributor: 'a contributor',
  viewer: 'a viewer',
  mirror: 'a mirror',
  /** A viewer's device that writes in the name of a contributor who delegated to it. */
  contributorsDelegate: 'a device acting for a contributor',
  /** The same for the second owner. */
  ownersDelegate: 'a device acting for an owner',
  /** A viewer that says it acts for the founder. */
  impostor: 'a viewer acting for the founder without delegation',
  removed: 'a removed device',
  stranger: 'a stranger'
}
type Who = keyof typeof PEOPLE

const OWNERS: Who[] = ['owner', 'second']
const WRITERS: Who[] = [...OWNERS, 'contributor', 'contributorsDelegate', 'ownersDelegate']
const MEMBERS: Who[] = [...OWNERS, 'contributor', 'viewer', 'mirror']
const PRESENT: Who[] = [...MEMBERS, 'contributorsDelegate', 'ownersDelegate']
const SPEAKERS: Who[] = PRESENT.filter((who) => who !== 'mirror')

/** An album with somebody of every kind, and with what they might lay hands on. */
class Family {
  readonly ledger: Ledger
  readonly devices: Record<Who, Forger>
  /** Another contributor, whose things the others try to touch. */
  readonly victim: Forger
  readonly as: Partial<Record<Who, Uint8Array>>
  #count = 0

  constructor(ledger: Ledger, devices: Record<Who, Forger>, victim: Forger, as: Family['as']) {
    this.ledger = ledger
    this.devices = devices
    this.victim = victim
    this.as = as
  }

  write(who: Who, bytes: (as: Uint8Array | null) => Uint8Array): Promise<boolean> {
    return this.ledger.raw(this.devices[who], bytes(this.as[who] ?? null))
  }

  /** A new seed. */
  next(): string {
    return `photo-${++this.#count}`
  }

  async photoOf(device: Forger): Promise<string> {
    const seed = this.next()
    await this.ledger.add(device, seed)
    return seed
  }

  async collectionOf(device: Forger): Promise<Uint8Array> {
    const nonce = forge.random(16)
    await this.ledger.write(device, 'collection', { nonce, name: 'Holidays' })
    return forge.idOf('collection', device.keys.writerKey, nonce)
  }

  async commentOf(device: Forger): Promise<Uint8Array> {
    const nonce = forge.random(16)
    const photo = forge.photoId(await this.photoOf(this.victim))
    await this.ledger.write(device, 'comment', { photo, nonce, text: 'How nice' })
    return forge.idOf('comment', device.keys.writerKey, nonce)
  }

  async inviteOf(
    device: Forger,
    changes: Parameters<typeof forge.invitation>[2] = {}
  ): Promise<forge.Invitation> {
    const invite = forge.invitation(this.ledger.key, device, changes)
    await this.ledger.write(device, 'invite', invite.body)
    return invite
  }
}

async function createFamily(t: Parameters<typeof Ledger.create>[0]): Promise<Family> {
  const ledger = await Ledger.create(t)
  const owner = ledger.founder
  const second = await ledger.admit('Mum', OWNER)
  const contributor = await ledger.admit('Ann', CONTRIBUTOR)
  const victim = await ledger.admit('Bob', CONTRIBUTOR)
  const viewer = await ledger.admit('Grandma', VIEWER)
  const mirror = await ledger.admit('Server', MIRROR)
  const removed = await ledger.admit('Eve', CONTRIBUTOR)
  await ledger.write(owner, 'remove', { member: await ledger.memberId(removed) })
  await ledger.write(owner, 'epoch', forge.epochBody(2, [owner.keys.writerKey]))
  const portal = await ledger.admit('Portal', VIEWER)
  const device = portal.keys.writerKey
  const asContributor = await ledger.memberId(contributor)
  const asSecond = await ledger.memberId(second)
  await ledger.write(contributor, 'delegate', { member: asContributor, device })
  await ledger.write(second, 'delegate', { member: asSecond, device })
  return new Family(
    ledger,
    {
      owner,
      second,
      contributor,
      viewer,
      mirror,
      contributorsDelegate: portal,
      ownersDelegate: portal,
      impostor: viewer,
      removed,
      stranger: forger()
    },
    victim,
    {
      contributorsDelegate: asContributor,
      ownersDelegate: asSecond,
      impostor: await ledger.memberId(owner)
    }
  )
}

interface Case {
  what: string
  may: Who[]
  /** Makes the op; what it needs is made first, by those who may. */
  op(family: Family, who: Who): Promise<(as: Uint8Array | null) => Uint8Array>
}

const at = (as: Uint8Array | null): { as: Uint8Array | null } => ({ as })

// Only what is new counts.
let supported = 1

const CASES: Case[] = [
  {
    what: 'found a second time',
    may: [],
    op: async ({ devices }, who) => {
      const body = forge.foundBody(devices[who], 'Me')
      return (as) => op('found', body, at(as))
    }
  },
  { what: 'hello', may: PRESENT, op: async () => (as) => op('hello', { supports: supported++ }, at(as)) },
  { what: 'rename the album', may: OWNERS, op: async () => (as) => op('rename', { name: 'Mine' }, at(as)) },
  {
    what: 'invite people',
    may: OWNERS,
    op: async ({ ledger, devices }, who) => {
      const { body } = forge.invitation(ledger.key, devices[who])
      return (as) => op('invite', body, at(as))
    }
  },
  {
    what: 'invite a device of their own',
    may: MEMBERS,
    op: async ({ ledger, devices }, who) => {
      const { body } = forge.invitation(ledger.key, devices[who], { own: true })
      return (as) => op('invite', body, at(as))
    }
  },
  {
    what: "revoke another's invite",
    may: OWNERS,
    op: async (family) => {
      const { id } = await family.inviteOf(family.ledger.founder)
      return (as) => op('revoke-invite', { id }, at(as))
    }
  },
  {
    what: "admit somebody by another device's invite",
    may: [],
    op: async (family) => {
      const invite = await family.inviteOf(await family.ledger.link(family.ledger.founder))
      const body = { invite: invite.id, receipt: forge.receipt(invite, forger(), 'Joiner') }
      return (as) => op('admit', body, at(as))
    }
  },
  {
    what: 'say that it answers an invite that was handed to somebody else',
    may: [],
    op: async (family) => {
      const { founder } = family.ledger
      const answerer = (await family.ledger.link(founder)).keys.writerKey
      const { id } = await family.inviteOf(founder, { answerer, seed: forge.random(80) })
      return (as) => op('answer', { invite: id }, at(as))
    }
  },
  {
    what: 'make a member without a device',
    may: OWNERS,
    op: async () => (as) =>
      op('member', { nonce: forge.random(16), name: 'Uncle', role: CONTRIBUTOR }, at(as))
  },
  {
    what: 'rename another member',
    may: OWNERS,
    op: async ({ ledger, victim }) => {
      const id = await ledger.memberId(victim)
      return (as) => op('member', { id, name: 'Nobody' }, at(as))
    }
  },
  {
    what: 'rename oneself',
    may: MEMBERS,
    op: async ({ ledger, devices, as: acting }, who) => {
      const id = acting[who] ?? (await ledger.memberId(devices[who]).catch(() => forge.random(16)))
      return (as) => op('member', { id, name: 'New name' }, at(as))
    }
  },
  {
    what: "delegate in another's name",
    may: OWNERS,
    op: async ({ ledger, victim, devices }, who) => {
      const member = await ledger.memberId(victim)
      return (as) => op('delegate', { member, device: devices[who].keys.writerKey }, at(as))
    }
  },
  {
    what: 'change a role',
    may: OWNERS,
    op: async ({ ledger, victim }) => {
      const member = await ledger.memberId(victim)
      return (as) => op('set-role', { member, role: CONTRIBUTOR }, at(as))
    }
  },
  {
    what: 'make oneself an owner',
    may: OWNERS,
    op: async ({ ledger, devices, as: acting }, who) => {
      const member = acting[who] ?? (await ledger.memberId(devices[who]).catch(() => forge.random(16)))
      return (as) => op('set-role', { member, role: OWNER }, at(as))
    }
  },
  {
    what: 'remove a member',
    may: OWNERS,
    op: async ({ ledger }) => {
      const member = await ledger.memberId(await ledger.admit('Cousin', CONTRIBUTOR))
      return (as) => op('remove', { member }, at(as))
    }
  },
  {
    what: "remove another's device",
    may: OWNERS,
    op: async ({ ledger }) => {
      const device = (await ledger.admit('Cousin', CONTRIBUTOR)).keys.writerKey
      return (as) => op('remove', { device }, at(as))
    }
  },
  {
    what: 'announce drives',
    may: MEMBERS,
    op: async ({ ledger, devices }, who) => {
      const signers = { originals: crypto.keyPair(), renditions: crypto.keyPair() }
      const body = forge.drivesBody(ledger.key, { ...devices[who], ...signers })
      return (as) => op('device', body, at(as))
    }
  },
  {
    what: 'start an epoch',
    may: OWNERS,
    op: async ({ ledger }) => {
      const { epochs } = await ledger.album()
      return (as) => op('epoch', forge.epochBody(epochs + 1, []), at(as))
    }
  },
  {
    what: 'add a photo',
    may: WRITERS,
    op: async (family) => {
      const seed = family.next()
      return (as) => op('photos', { photos: [forge.photo(seed)] }, at(as))
    }
  },
  {
    what: "edit another's photo",
    may: WRITERS,
    op: async (family, who) => {
      const ids = [forge.photoId(await family.photoOf(family.victim))]
      return (as) => op('edit', { ids, fields: CAPTION, values: { caption: who } }, at(as))
    }
  },
  {
    what: "withdraw another's photo",
    may: [],
    op: async (family) => {
      const ids = [forge.photoId(await family.photoOf(family.victim))]
      return (as) => op('withdraw', { ids }, at(as))
    }
  },
  {
    what: "trash another's photo",
    may: [...OWNERS, 'ownersDelegate'],
    op: async (family) => {
      const ids = [forge.photoId(await family.photoOf(family.victim))]
      return (as) => op('trash', { ids }, at(as))
    }
  },
  {
    what: 'restore what an owner trashed',
    may: [...OWNERS, 'ownersDelegate'],
    op: async (family) => {
      const ids = [forge.photoId(await family.photoOf(family.victim))]
      await family.ledger.write(family.ledger.founder, 'trash', { ids })
      return (as) => op('restore', { ids }, at(as))
    }
  },
  {
    what: 'restore what another withdrew',
    may: [...OWNERS, 'ownersDelegate'],
    op: async (family) => {
      const ids = [forge.photoId(await family.photoOf(family.victim))]
      await family.ledger.write(family.victim, 'withdraw', { ids })
      return (as) => op('restore', { ids }, at(as))
    }
  },
  {
    what: "purge another's photo",
    may: [...OWNERS, 'ownersDelegate'],
    op: async (family) => {
      const ids = [forge.photoId(await family.photoOf(family.victim))]
      return (as) => op('purge', { ids }, at(as))
    }
  },
  {
    what: 'make a collection',
    may: WRITERS,
    op: async () => (as) => op('collection', { nonce: forge.random(16), name: 'Summer' }, at(as))
  },
  {
    what: "rename another's collection",
    may: WRITERS,
    op: async (family, who) => {
      const id = await family.collectionOf(family.victim)
      return (as) => op('collection', { id, name: who }, at(as))
    }
  },
  {
    what: "delete another's collection",
    may: [...OWNERS, 'ownersDelegate'],
    op: async (family) => {
      const id = await family.collectionOf(family.victim)
      return (as) => op('collection', { id, remove: true }, at(as))
    }
  },
  {
    what: 'put a photo into a collection',
    may: WRITERS,
    op: async (family) => {
      const collection = await family.collectionOf(family.victim)
      const ids = [forge.photoId(await family.photoOf(family.victim))]
      return (as) => op('collect', { collection, ids, positions: ['5'] }, at(as))
    }
  },
  {
    what: 'comment',
    may: SPEAKERS,
    op: async (family) => {
      const photo = forge.photoId(await family.photoOf(family.victim))
      return (as) => op('comment', { photo, nonce: forge.random(16), text: 'Ah' }, at(as))
    }
  },
  {
    what: "delete another's comment",
    may: [...OWNERS, 'ownersDelegate'],
    op: async (family) => {
      const id = await family.commentOf(family.victim)
      return (as) => op('comment', { id, remove: true }, at(as))
    }
  },
  {
    what: 'react',
    may: SPEAKERS,
    op: async (family) => {
      const photo = forge.photoId(await family.photoOf(family.victim))
      return (as) => op('react', { photo, reaction: '❤' }, at(as))
    }
  },
  {
    what: 'have a favourite',
    may: SPEAKERS,
    op: async (family) => {
      const ids = [forge.photoId(await family.photoOf(family.victim))]
      return (as) => op('favourite', { ids, on: true }, at(as))
    }
  },
  {
    what: 'give a receipt',
    may: MEMBERS,
    op: async ({ victim }) => {
      const device = victim.keys.writerKey
      return (as) => op('hold', { device, drive: 1, ranges: [0, 5] }, at(as))
    }
  },
  { what: 'promise copies', may: OWNERS, op: async () => (as) => op('promise', { copies: 3 }, at(as)) },
  {
    what: 'ask for leave to drop originals',
    may: MEMBERS,
    op: async (family) => {
      const ids = [forge.photoId(await family.photoOf(family.victim))]
      const nonce = forge.random(16)
      return (as) => op('release', { nonce, ids }, at(as))
    }
  },
  {
    what: 'name heirs',
    may: OWNERS,
    op: async ({ victim }) => {
      const devices = [victim.keys.writerKey]
      return (as) => op('heirs', { devices }, at(as))
    }
  },
  {
    what: 'have the index handed over',
    may: OWNERS,
    op: async ({ ledger, victim }) => {
      const hello = op('hello', { supports: 1 })
      await ledger.raw(victim, hello)
      const next = (await ledger.rows.album())?.successor === 0 ? victim : ledger.founder
      return (as) =>
        op(
          'hand-over',
          { reign: 0, signer: ledger.founder.keys.writerKey, device: next.keys.writerKey },
          at(as)
        )
    }
  },
  {
    what: 'hand the index over by oneself',
    may: [],
    op: async ({ ledger, victim, devices }, who) => {
      const { publicKey, secretKey } = devices[who].keys.writer
      const signer = ledger.founder.keys.writerKey
      const device = victim.keys.writerKey
      const proof = crypto.sign(reignStatement(ledger.key, 1, device), secretKey)
      // Nobody has wished for it.
      await ledger.write(ledger.founder, 'hand-over', { reign: 0, signer, device: signer })
      return (as) => op('hand-over', { reign: 0, signer, device, publicKey, proof }, at(as))
    }
  },
  {
    what: 'take the index over',
    may: [],
    op: async () => (as) => op('take-over', { reign: 0, system: forge.random(32), length: 10 }, at(as))
  },
  {
    what: 'name a blind mirror',
    may: OWNERS,
    op: async () => {
      const key = forge.random(32)
      return (as) => op('blind', { key, name: 'Box' }, at(as))
    }
  },
  {
    what: 'forget a blind mirror',
    may: OWNERS,
    op: async ({ ledger }) => {
      const key = forge.random(32)
      await ledger.write(ledger.founder, 'blind', { key, name: 'Box' })
      await ledger.write(ledger.founder, 'blind', { key: forge.random(32) })
      return (as) => op('blind', { key }, at(as))
    }
  },
  {
    what: 'say whom blind mirrors let in',
    may: OWNERS,
    op: async ({ devices }, who) => {
      const list = signAllowed(listOf(devices[who]), devices[who].keys.identity)
      return (as) => op('allow', { list }, at(as))
    }
  },
  {
    what: 'store an extension',
    may: PRESENT,
    op: async (_family, who) => (as) => op('ext', { name: who, data: forge.random(8) }, at(as))
  }
]

function listOf(device: Forger): Allowed {
  return { final: 3, changes: 5, owners: [device.keys.identity.publicKey], others: [forge.random(32)] }
}

test('roles: a list for blind mirrors counts where its signature is that of the device it comes from', async (t) => {
  const ledger = await Ledger.create(t)
  const { founder } = ledger
  const second = await ledger.admit('Mum', OWNER)
  const list = listOf(founder)
  const wrong = signAllowed(list, founder.keys.identity)
  wrong.set([1], wrong.byteLength - 40)
  const tooMany = { ...list, others: Array.from({ length: LIMITS.devices }, () => forge.random(32)) }
  t.absent(await ledger.write(founder, 'allow', { list: wrong }), 'changed on the way')
  t.absent(await ledger.write(founder, 'allow', { list: forge.random(200) }), 'none at all')
  t.absent(
    await ledger.write(founder, 'allow', { list: signAllowed(tooMany, founder.keys.identity) }),
    'too long'
  )
  const theirs = signAllowed(listOf(second), second.keys.identity)
  t.absent(await ledger.write(founder, 'allow', { list: theirs }), "another's")
  t.ok(await ledger.write(second, 'allow', { list: theirs }))
  t.ok(await ledger.write(founder, 'allow', { list: signAllowed(list, founder.keys.identity) }))
  t.is((await Cast.read(ledger.bee)).allowed.length, 2, 'each device has one')
})

test('roles: an album has so many blind mirrors, and their names are names', async (t) => {
  const ledger = await Ledger.create(t)
  const { founder } = ledger
  t.absent(await ledger.write(founder, 'blind', { key: forge.random(32), name: 'x'.repeat(LIMITS.name + 1) }))
  const keys = Array.from({ length: LIMITS.blindMirrors }, () => forge.random(32))
  for (const key of keys) await ledger.write(founder, 'blind', { key, name: 'Box' })
  t.absent(await ledger.write(founder, 'blind', { key: forge.random(32), name: 'One more' }))
  const [first] = keys as [Uint8Array]
  t.ok(
    await ledger.write(founder, 'blind', { key: first, name: 'Attic' }),
    'one that is there has another name'
  )
  t.ok(await ledger.write(founder, 'blind', { key: first }))
  t.ok(await ledger.write(founder, 'blind', { key: forge.random(32), name: 'One more' }))
  t.is((await Cast.read(ledger.bee)).blinds.size, LIMITS.blindMirrors)
})

test('roles: for every op, who it counts from and who it does not', { timeout: 60_000 }, async (t) => {
  const family = await createFamily(t)
  for (const { what, may, op: make } of CASES) {
    const counted: string[] = []
    for (const who of Object.keys(PEOPLE) as Who[]) {
      const bytes = await make(family, who)
      if (await family.write(who, bytes)) counted.push(who)
    }
    t.alike(
      counted,
      (Object.keys(PEOPLE) as Who[]).filter((who) => may.includes(who)),
      what
    )
  }
})

test("roles: only an owner's raise-version stops a program that does not know the version", async (t) => {
  const family = await createFamily(t)
  const { ledger } = family
  for (const who of Object.keys(PEOPLE) as Who[]) {
    if (OWNERS.includes(who)) continue
    t.absent(await family.write(who, (as) => op('raise-version', { version: 9 }, at(as))), PEOPLE[who])
  }
  t.is(ledger.interrupted, null)
  const before = ledger.bee.version
  await t.exception(family.write('second', (as) => op('raise-version', { version: 9 }, at(as))))
  t.is(ledger.interrupted, 'upgrade-required 9')
  t.is(ledger.bee.version, before, 'the view stays as it was')
})

test('roles: nobody touches what stands above them', async (t) => {
  const ledger = await Ledger.create(t)
  const { founder } = ledger
  const second = await ledger.admit('Mum', OWNER)
  const third = await ledger.admit('Uncle', OWNER)
  const members = await Promise.all([founder, second, third].map((device) => ledger.memberId(device)))
  const [first, middle, last] = members as [Uint8Array, Uint8Array, Uint8Array]
  const device = third.keys.writerKey

  t.absent(await ledger.write(third, 'set-role', { member: middle, role: VIEWER }), 'demote an earlier owner')
  t.absent(await ledger.write(third, 'remove', { member: middle }), 'remove an earlier owner')
  t.absent(await ledger.write(third, 'remove', { device: second.keys.writerKey }), 'or their device')
  t.absent(await ledger.write(third, 'delegate', { member: middle, device }), 'act in their name')
  t.absent(await ledger.write(second, 'set-role', { member: first, role: VIEWER }), 'demote the founder')
  t.ok(await ledger.write(second, 'set-role', { member: last, role: VIEWER }), 'the earlier may')
  t.absent(await ledger.write(third, 'rename', { name: 'Mine' }), 'and it counts from the next op on')
  t.ok(await ledger.write(founder, 'set-role', { member: middle, role: CONTRIBUTOR }))
  t.absent(
    await ledger.write(founder, 'set-role', { member: first, role: VIEWER }),
    'the last owner stays one'
  )
  t.absent(await ledger.write(founder, 'remove', { member: first }), 'and stays')
})

test('roles: an owner without a device does not count as one that stays', async (t) => {
  const ledger = await Ledger.create(t)
  const { founder } = ledger
  const nonce = forge.random(16)
  await ledger.write(founder, 'member', { nonce, name: 'Uncle', role: CONTRIBUTOR })
  const uncle = forge.idOf('member', founder.keys.writerKey, nonce)
  t.ok(await ledger.write(founder, 'set-role', { member: uncle, role: OWNER }))
  const me = await ledger.memberId(founder)
  t.absent(await ledger.write(founder, 'set-role', { member: me, role: VIEWER }))
})

test('roles: removed in the middle of a run, the rest of the run does not count', async (t) => {
  const ledger = await Ledger.create(t)
  const eve = await ledger.admit('Eve', CONTRIBUTOR)
  const ops = [
    op('remove', { device: eve.keys.writerKey }),
    op('photos', { photos: [forge.photo('after')] }),
    op('member', { id: await ledger.memberId(eve), name: 'Back' })
  ]
  t.ok(await ledger.raw(eve, ...ops))
  t.is(await ledger.record('after'), null)
  t.absent(await ledger.add(eve, 'later'))
})

test('roles: an admission needs a genuine receipt, by the device that made the invite', async (t) => {
  const family = await createFamily(t)
  const { ledger } = family
  const { founder } = ledger
  const admit = (by: Forger, invite: forge.Invitation, receipt: Uint8Array, options = {}): Promise<boolean> =>
    ledger.write(by, 'admit', { invite: invite.id, receipt }, options)
  const wrong = async (
    what: string,
    make: (invite: forge.Invitation, joiner: Forger) => Uint8Array
  ): Promise<void> => {
    const invite = await family.inviteOf(founder)
    t.absent(await admit(founder, invite, make(invite, forger())), what)
  }

  const invite = await family.inviteOf(founder)
  const other = await family.inviteOf(founder)
  const joiner = forger()
  const genuine = forge.receipt(invite, joiner, 'Joiner')
  t.absent(await admit(family.devices.second, invite, genuine), 'another owner does not answer it')
  t.absent(await admit(family.devices.contributor, invite, genuine), 'nor a contributor')
  t.absent(await admit(founder, other, genuine), 'a receipt is for its own invite')

  await wrong('signed with another key than the code holds', (one, who) => {
    const stolen = forge.invitation(ledger.key, founder)
    return forge.receipt({ ...one, invite: stolen.invite }, who, 'Joiner')
  })
  await wrong('a flipped bit', (one, who) => {
    const receipt = Buffer.from(forge.receipt(one, who, 'Joiner'))
    receipt.writeUInt8(receipt.readUInt8(40) ^ 1, 40)
    return receipt
  })
  await wrong('cut short', (one, who) => forge.receipt(one, who, 'Joiner').subarray(0, 100))
  await wrong('no bytes', () => new Uint8Array(0))
  await wrong("another's writer core, without its signature", (one, who) =>
    forge.receipt(one, who, 'Joiner', { publicKey: crypto.keyPair().publicKey })
  )
  await wrong("another's identity, without its signature", (one, who) =>
    forge.receipt(one, who, 'Joiner', { identity: founder.keys.identity.publicKey })
  )
  await wrong('another name than was signed', (one, who) =>
    forge.receipt(one, who, 'Joiner', { name: 'Dad' })
  )
  await wrong('no name', (one, who) => forge.receipt(one, who, ''))
  await wrong('an endless name', (one, who) => forge.receipt(one, who, 'x'.repeat(201)))

  t.ok(await admit(founder, invite, genuine), 'and the genuine one counts')
  t.ok(ledger.writers.has(Buffer.from(joiner.keys.writerKey).toString('hex')))
  t.absent(await admit(founder, invite, genuine), 'once')
  const again = forge.receipt(other, joiner, 'Joiner')
  t.absent(await admit(founder, other, again), 'a writer that is in does not come in twice')
  await ledger.write(founder, 'remove', { device: joiner.keys.writerKey })
  t.absent(await admit(founder, invite, genuine), 'nor back by its old receipt')
  t.absent(await admit(founder, other, again), 'nor by a new one')
})

test('roles: an invite that is expired, used up or revoked admits nobody', async (t) => {
  const family = await createFamily(t)
  const { ledger } = family
  const { founder } = ledger
  const join = (invite: forge.Invitation, at = 1_700_000_000_000): Promise<boolean> =>
    ledger.write(
      founder,
      'admit',
      { invite: invite.id, receipt: forge.receipt(invite, forger(), 'Joiner') },
      { at }
    )

  const expiring = await family.inviteOf(founder, { expires: 1_700_000_500_000 })
  t.absent(await join(expiring, 1_700_000_500_001))
  t.ok(await join(expiring, 1_700_000_500_000))

  const single = await family.inviteOf(founder, { uses: 1 })
  t.ok(await join(single))
  t.absent(await join(single), 'used up')
  const double = await family.inviteOf(founder, { uses: 2 })
  t.alike([await join(double), await join(double), await join(double)], [true, true, false])
  const endless = await family.inviteOf(founder)
  t.alike([await join(endless), await join(endless)], [true, true])

  await ledger.write(family.devices.second, 'revoke-invite', { id: endless.id })
  t.absent(await join(endless), 'revoked')
  t.absent(await ledger.write(founder, 'invite', endless.body), 'and not made anew')
  t.absent(await join(endless))

  const invite = await family.inviteOf(family.devices.second)
  const receipt = forge.receipt(invite, forger(), 'Joiner')
  const id = await ledger.memberId(family.devices.second)
  await ledger.write(founder, 'set-role', { member: id, role: CONTRIBUTOR })
  t.absent(
    await ledger.write(family.devices.second, 'admit', { invite: invite.id, receipt }),
    'whoever may not invite any more admits nobody by what they made before'
  )
})

test('roles: an invite that was handed to a device is answered by that device alone, while it and its maker may', async (t) => {
  const family = await createFamily(t)
  const { ledger, devices } = family
  const { founder } = ledger
  const { second, mirror, contributor, viewer } = devices
  const seed = forge.random(80)
  const handTo = (device: Forger, changes: Parameters<typeof forge.invitation>[2] = {}, by = second) =>
    family.inviteOf(by, { answerer: device.keys.writerKey, seed, ...changes })
  const admit = (by: Forger, invite: forge.Invitation, options = {}): Promise<boolean> => {
    const receipt = forge.receipt(invite, forger(), 'Joiner')
    return ledger.write(by, 'admit', { invite: invite.id, receipt }, options)
  }
  const counts = async (invite: forge.Invitation): Promise<boolean> =>
    (await ledger.rows.invite(invite.id)) !== null

  const invite = await handTo(mirror, { uses: 2, role: VIEWER, expires: 1_700_000_500_000 })
  t.is((await ledger.rows.invite(invite.id))?.ready, false)
  t.ok(await ledger.write(mirror, 'answer', { invite: invite.id }))
  t.is((await ledger.rows.invite(invite.id))?.ready, true, 'it has heard of it')
  t.absent(await ledger.write(mirror, 'answer', { invite: invite.id }), 'once')
  for (const [who, device] of Object.entries({ ...devices, maker: second }))
    if (device !== mirror) t.absent(await admit(device, invite), `not the ${who}`)
  const asOwner = { as: await ledger.memberId(founder) }
  t.absent(await admit(mirror, invite, asOwner), 'nor in another’s name')
  t.absent(await admit(mirror, invite, { at: 1_700_000_500_001 }), 'nor after it expired')
  const joiner = forger()
  const receipt = forge.receipt(invite, joiner, 'Joiner')
  t.ok(await ledger.write(mirror, 'admit', { invite: invite.id, receipt }))
  const row = await ledger.deviceRow(joiner)
  t.is((await ledger.rows.member(row?.member ?? 0))?.role, VIEWER, 'in the role that the invite says')
  t.ok(await admit(mirror, invite))
  t.absent(await admit(mirror, invite), 'nor more often than it may be used')

  const others = await family.inviteOf(second)
  t.absent(await admit(mirror, others), 'one that was not handed to it')
  t.absent(await admit(mirror, await handTo(viewer)), 'nor one that was handed to another')
  const revoked = await handTo(mirror)
  await ledger.write(second, 'revoke-invite', { id: revoked.id })
  t.absent(await admit(mirror, revoked), 'nor a revoked one')

  const refused: Record<string, () => Promise<forge.Invitation>> = {
    'to a device that was removed': () => handTo(devices.removed),
    'to one that never was in': () => handTo(devices.stranger),
    'to the one that made it': () => handTo(second),
    'without a seed': () => handTo(mirror, { seed: null }),
    'with a seed that is none': () => handTo(mirror, { seed: forge.random(81) }),
    'with endless bytes': () => handTo(mirror, { seed: forge.random(100_000) }),
    'for a device of one’s own': () => handTo(mirror, { own: true }),
    'that asks for approval': () => handTo(mirror, { approval: true }),
    'for an owner, to whoever is none': () => handTo(mirror, { role: OWNER }),
    'by whoever may not invite': () => handTo(mirror, {}, contributor)
  }
  for (const [what, make] of Object.entries(refused)) t.absent(await counts(await make()), `none ${what}`)

  const forOwner = await handTo(founder, { role: OWNER })
  t.ok(await admit(founder, forOwner), 'an owner answers for another')
  const [kept, lost] = [await handTo(mirror, {}, founder), await handTo(mirror)]
  const byDemoted = await handTo(second, { role: OWNER }, founder)
  await ledger.write(founder, 'set-role', { member: await ledger.memberId(second), role: CONTRIBUTOR })
  t.absent(await admit(mirror, lost), 'not where its maker may invite nobody any more')
  t.absent(await admit(second, byDemoted), 'nor an owner by one that is no owner any more')
  t.ok(await admit(mirror, kept))
  await ledger.write(founder, 'remove', { device: mirror.keys.writerKey })
  t.absent(await admit(mirror, kept), 'nor after it was removed')
  t.absent(await admit(founder, kept), 'and it does not go back to its maker')
})

test('roles: an invite belongs to the device that made it, whoever copies it from the log', async (t) => {
  const family = await createFamily(t)
  const { ledger } = family
  const { contributor } = family.devices
  const invite = forge.invitation(ledger.key, ledger.founder, { uses: 1 })
  // A modified program sees the founder's invite and comes before it in the log's order.
  t.absent(await ledger.write(contributor, 'invite', { ...invite.body, own: true }))
  const foreign = forge.invitation(ledger.key, contributor, { own: true })
  t.absent(await ledger.write(contributor, 'invite', { ...foreign.body, id: invite.id }), 'nor takes its id')
  t.ok(await ledger.write(ledger.founder, 'invite', invite.body))
  const joiner = forger()
  const body = { invite: invite.id, receipt: forge.receipt(invite, joiner, 'Joiner') }
  t.absent(await ledger.write(contributor, 'admit', body))
  t.ok(await ledger.write(ledger.founder, 'admit', body))
  const cast = await ledger.cast()
  t.is(cast.members.get(cast.deviceByWriter(joiner.keys.writerKey)?.row.member ?? 0)?.name, 'Joiner')
})

test('roles: an invite for a device of their own gives no other role, and not without end', async (t) => {
  const ledger = await Ledger.create(t)
  const viewer = await ledger.admit('Grandma', VIEWER)
  const invite = forge.invitation(ledger.key, viewer, { own: true, role: OWNER })
  t.ok(await ledger.write(viewer, 'invite', invite.body))
  t.is((await ledger.rows.invite(invite.id))?.role, VIEWER)
  const admit = (device: Forger): Promise<boolean> =>
    ledger.write(viewer, 'admit', { invite: invite.id, receipt: forge.receipt(invite, device, 'Me') })
  const second = forger()
  t.ok(await admit(second))
  t.is((await ledger.deviceRow(second))?.member, (await ledger.deviceRow(viewer))?.member)
  t.absent(await ledger.write(second, 'rename', { name: 'Mine' }))
  let devices = 2
  while (await admit(forger())) devices++
  t.is(devices, LIMITS.devicesOfMember, 'one member does not use up the places of the others')
  t.ok(await ledger.deviceRow(await ledger.admit('Uncle', CONTRIBUTOR)))
})

test("roles: ids are a hash of the writer's key, so nobody can take another's", async (t) => {
  const family = await createFamily(t)
  const { ledger, victim } = family
  const { contributor } = family.devices
  const nonce = forge.random(16)
  const photo = forge.photoId(await family.photoOf(victim))
  const taken = (kind: 'member' | 'collection' | 'comment'): Uint8Array =>
    forge.idOf(kind, victim.keys.writerKey, nonce)

  await ledger.write(contributor, 'collection', { nonce, name: 'Forged' })
  t.is(await ledger.rows.collection(taken('collection')), null)
  t.absent(await ledger.write(contributor, 'collection', { id: taken('collection'), name: 'Forged' }))
  t.ok(await ledger.write(victim, 'collection', { nonce, name: 'Genuine' }), 'the id is still free')
  t.absent(await ledger.write(victim, 'collection', { nonce, name: 'Again' }), 'and given once')

  await ledger.write(contributor, 'comment', { photo, nonce, text: 'Forged' })
  t.is(await ledger.rows.commentKey(taken('comment')), null)
  t.ok(await ledger.write(victim, 'comment', { photo, nonce, text: 'Genuine' }))
  t.absent(await ledger.write(victim, 'comment', { photo, nonce, text: 'Again' }))
  t.ok(await ledger.write(victim, 'comment', { id: taken('comment'), remove: true }))
  t.absent(
    await ledger.write(victim, 'comment', { photo, nonce, text: 'Back' }),
    'a deleted comment stays so'
  )

  const { founder } = ledger
  const { second } = family.devices
  await ledger.write(second, 'member', { nonce, name: 'Uncle', role: VIEWER })
  t.is(await ledger.rows.memberNumber(forge.idOf('member', founder.keys.writerKey, nonce)), null)
  t.absent(await ledger.write(second, 'member', { nonce, name: 'Again', role: VIEWER }))
  t.absent(await ledger.write(founder, 'member', { nonce: forge.random(16), name: 'Boss', role: OWNER }))
})

test('roles: a deleted collection does not come back by its old nonce', async (t) => {
  const ledger = await Ledger.create(t)
  const ann = await ledger.admit('Ann', CONTRIBUTOR)
  const nonce = forge.random(16)
  const id = forge.idOf('collection', ann.keys.writerKey, nonce)
  await ledger.add(ann, 'a')
  await ledger.write(ann, 'collection', { nonce, name: 'Once' })
  await ledger.write(ann, 'collect', { collection: id, ids: [forge.photoId('a')], positions: ['5'] })
  await ledger.write(ann, 'collection', { id, remove: true })
  t.absent(await ledger.write(ann, 'collection', { nonce, name: 'Twice' }))
  t.is(await ledger.rows.collection(id), null)
  // Its count would have gone below zero, which has no encoding: apply would have thrown on every device for ever.
  t.ok(await ledger.write(ann, 'withdraw', { ids: [forge.photoId('a')] }))
})

test("roles: drives are announced by their own signature, and a photo lies in the author's", async (t) => {
  const family = await createFamily(t)
  const { ledger, victim } = family
  const { contributor } = family.devices
  const fresh = (): Forger => ({ ...contributor, originals: crypto.keyPair(), renditions: crypto.keyPair() })
  const announce = (body: Parameters<typeof ledger.write<'device'>>[2]): Promise<boolean> =>
    ledger.write(contributor, 'device', body)
  const other = { originals: crypto.keyPair(), renditions: crypto.keyPair() }
  const thief = fresh()

  t.absent(await announce(forge.drivesBody(ledger.key, thief, 1, other)), "signed by others' keys")
  t.absent(
    await announce(forge.drivesBody(ledger.key, thief, 1, { ...thief, renditions: other.renditions })),
    'both must sign'
  )
  t.absent(await announce(forge.drivesBody(ledger.key, victim)), "another's announcement, replayed")
  const stolen = { ...contributor, originals: victim.originals, renditions: crypto.keyPair() }
  t.absent(
    await announce(forge.drivesBody(ledger.key, stolen)),
    'a drive belongs to one device, even by its key'
  )
  t.absent(await announce(forge.drivesBody(forge.random(32), fresh())), 'signed for another album')
  t.ok(await announce(forge.drivesBody(ledger.key, fresh())), 'a second pair of one’s own')
  t.ok(await announce(forge.drivesBody(ledger.key, fresh(), 7)), 'for an epoch that the log’s order undid')

  const add = (drive: number): Promise<boolean> =>
    ledger.write(contributor, 'photos', { photos: [forge.photo(family.next(), { drive })] })
  t.alike(
    [await add(0), await add(1), await add(2), await add(3), await add(4)],
    [false, true, true, true, false]
  )
})

test('roles: what a device acting for another does is theirs, until the delegation ends', async (t) => {
  const family = await createFamily(t)
  const { ledger } = family
  const { contributor, contributorsDelegate: portal } = family.devices
  const as = family.as.contributorsDelegate as Uint8Array
  const seed = family.next()
  await ledger.write(portal, 'photos', { photos: [forge.photo(seed)] }, { as })
  const [contribution] = (await ledger.record(seed))?.contributions ?? []
  t.is(contribution?.member, await ledger.rows.memberNumber(as))
  t.is(contribution?.device, await ledger.rows.deviceNumber(portal.keys.writerKey))
  t.ok(await ledger.write(portal, 'withdraw', { ids: [forge.photoId(seed)] }, { as }), 'its own')
  t.absent(
    await ledger.write(portal, 'photos', { photos: [forge.photo(family.next())] }),
    'only in their name'
  )

  const device = portal.keys.writerKey
  t.absent(await ledger.write(portal, 'delegate', { member: as, device: contributor.keys.writerKey }, { as }))
  t.ok(await ledger.write(contributor, 'delegate', { member: as, device, revoke: true }))
  t.absent(await ledger.write(portal, 'photos', { photos: [forge.photo(family.next())] }, { as }))

  const { founder } = ledger
  t.ok(
    await ledger.write(founder, 'delegate', { member: as, device }),
    'an owner may, for somebody without a device'
  )
  await ledger.write(founder, 'remove', { device })
  t.absent(
    await ledger.write(portal, 'photos', { photos: [forge.photo(family.next())] }, { as }),
    'removed device'
  )
  await ledger.write(founder, 'remove', { member: as })
  t.absent(await ledger.write(founder, 'delegate', { member: as, device }), 'removed member')
})

test('roles: what contributors do to what is theirs together', async (t) => {
  const ledger = await Ledger.create(t)
  const ann = await ledger.admit('Ann', CONTRIBUTOR)
  const bob = await ledger.admit('Bob', CONTRIBUTOR)
  const ids = [forge.photoId('both')]
  await ledger.add(ann, 'both')
  t.ok(await ledger.write(ann, 'edit', { ids, fields: CAPTION, values: { caption: 'Mine' } }))
  await ledger.add(bob, 'both')
  t.absent(await ledger.write(ann, 'purge', { ids }), 'not for good what another added too')
  t.ok(await ledger.write(ann, 'withdraw', { ids }))
  t.is((await ledger.record('both'))?.trashed, null)
  t.ok(await ledger.write(bob, 'withdraw', { ids }))
  t.ok((await ledger.record('both'))?.trashed)
  t.ok(await ledger.write(ann, 'restore', { ids }), 'back by either')
  const { contributions = [] } = (await ledger.record('both')) ?? {}
  t.alike(
    contributions.map((one) => one.withdrawn),
    [false, true],
    'with their own contribution alone'
  )
  await ledger.write(ledger.founder, 'trash', { ids })
  t.absent(await ledger.write(ann, 'restore', { ids }), "an owner's word stands")
  await ledger.write(bob, 'photos', { photos: [forge.photo('both', { restore: true })] })
  t.ok((await ledger.record('both'))?.trashed, 'also against adding it again')
  t.ok(await ledger.write(ledger.founder, 'purge', { ids }))
  await ledger.add(bob, 'both')
  t.is(await ledger.record('both'), null, 'what was purged stays so')
  t.is((await ledger.rows.purged(forge.photoId('both')))?.contributions.length, 4, 'and its bytes go')
  t.ok(
    await ledger.write(bob, 'photos', { photos: [forge.photo('both', { restore: true })] }),
    'unless asked for'
  )
})

test('roles: an epoch is for devices that are in, and takes no key from anybody', async (t) => {
  const ledger = await Ledger.create(t)
  const { founder } = ledger
  const second = await ledger.admit('Mum', OWNER)
  const ann = await ledger.admit('Ann', CONTRIBUTOR)
  const eve = await ledger.admit('Eve', CONTRIBUTOR)
  await ledger.write(founder, 'remove', { device: eve.keys.writerKey })
  t.ok((await ledger.album()).stale)
  const keys = [founder, second, ann].map((device) => device.keys.writerKey)
  const write = (body: Parameters<typeof ledger.write<'epoch'>>[2], author = second): Promise<boolean> =>
    ledger.write(author, 'epoch', body)
  const boxes = async (epoch: Uint8Array, device: number): Promise<number> =>
    (await ledger.rows.sealed(epoch, device)).length

  // They may have been begun apart: what was added in them stays readable, but nobody goes on in them.
  const lost = forge.epochBody(3, keys)
  t.ok(await write(lost), 'after one that there is not')
  t.ok(await write(forge.epochBody(1, keys, forge.random(32))), 'another first one')
  const apart = forge.epochBody(2, [...keys, eve.keys.writerKey], forge.random(32))
  t.ok(await write(apart), 'one that lets Eve in')
  t.alike((await ledger.album()).epoch, forge.epochId(1), 'nobody goes on with them')
  t.ok((await ledger.album()).stale)
  t.is(await boxes(apart.commitment, 1), 1)
  t.is(await boxes(apart.commitment, 4), 0)

  const body = forge.epochBody(2, [...keys, forge.random(32)])
  const first = { epoch: forge.epochId(1), box: forge.random(72) }
  t.ok(await write({ ...body, links: [first] }), 'a device that there is not is left out')
  t.absent((await ledger.album()).stale)
  t.alike((await ledger.album()).epoch, body.commitment)
  t.ok(await write(forge.epochBody(2, keys, forge.random(32))), 'another one after the first')
  t.alike((await ledger.album()).epoch, body.commitment, 'gives way')
  t.is((await ledger.album()).epochs, 6)

  const id = body.commitment
  const mine = await ledger.rows.sealed(id, 1)
  const other = [{ device: keys[0] as Uint8Array, box: forge.random(80) }]
  t.absent(await write({ ...body, sealed: other }), 'a box that is there stays')
  t.alike(await ledger.rows.sealed(id, 1), mine)
  t.ok(await write({ ...body, sealed: other }, founder), 'another owner’s stands beside it')
  t.is(await boxes(id, 1), 2)
  t.absent(await write({ ...body, links: [{ ...first, box: forge.random(72) }] }), 'so does a link')
  const link = [{ epoch: apart.commitment, box: forge.random(72) }]
  t.ok(await write({ ...body, links: link }), 'one that was begun apart is linked to later')
  const late = await ledger.admit('Late', CONTRIBUTOR)
  const sealed = [{ device: late.keys.writerKey, box: forge.random(80) }]
  t.ok(await write({ ...body, sealed }), 'one that came later gets it')

  // Whoever adds may say where the key of what it wrote is found, and nothing else.
  const links = [{ epoch: forge.epochId(1), box: forge.random(72) }]
  t.ok(await write({ commitment: id, links }, ann), 'a contributor links')
  t.absent(await write({ commitment: forge.random(32), links }, ann), 'not from what there is not')
  const others = [{ epoch: forge.random(32), box: forge.random(72) }]
  t.absent(await write({ commitment: id, links: others }, ann), 'nor to what it has no drives of')
  t.absent(await write({ commitment: id, sealed: other }, ann))
  t.absent(await write(forge.epochBody(4, keys), ann))
  t.absent(await write({ ...forge.epochBody(2, keys), after: id, commitment: forge.random(32) }, ann))
  t.alike((await ledger.album()).epoch, id)
})
