// Live Photos in the index: a still and what moves of it are one photo, in whichever order and by whomever they come, and
// part again rather than let anybody's half go with another's.
import test from 'brittle'
import type { Assertions } from 'brittle'
import b4a from 'b4a'
import type { In } from '../lib/schema/codec.ts'
import { TAGS } from '../lib/schema/op.ts'
import { HALF, LIVE, type PhotoRecord, TRASHED } from '../lib/view/rows.ts'
import { CONTRIBUTOR, LIMITS } from '../lib/view/rules.ts'
import * as forge from './forge.ts'
import type { Forger } from './forge.ts'
import { Ledger } from './ledger.ts'
import { recount } from './recount.ts'

const JPEG = 1
const MOV = 11
// Members by number.
const NAMES = ['', 'Dad', 'Ann', 'Bob']
const live = Buffer.alloc(16, 7)

const still = (changes: Partial<In['photo']> = {}): In['photo'] =>
  forge.photo('still', { type: JPEG, live, ...changes })
const moving = (changes: Partial<In['photo']> = {}): In['photo'] =>
  forge.photo('moving', { type: MOV, live, ...changes })

class Family {
  readonly t: Assertions
  readonly ledger: Ledger
  readonly dad: Forger
  readonly ann: Forger
  readonly bob: Forger

  private constructor(t: Assertions, ledger: Ledger, ann: Forger, bob: Forger) {
    this.t = t
    this.ledger = ledger
    this.dad = ledger.founder
    this.ann = ann
    this.bob = bob
  }

  static async create(t: Assertions): Promise<Family> {
    const ledger = await Ledger.create(t)
    return new Family(
      t,
      ledger,
      await ledger.admit('Ann', CONTRIBUTOR),
      await ledger.admit('Bob', CONTRIBUTOR)
    )
  }

  add(by: Forger, ...photos: In['photo'][]): Promise<boolean> {
    return this.ledger.write(by, 'photos', { photos })
  }

  on(by: Forger, op: 'withdraw' | 'trash' | 'restore' | 'purge', seed: string): Promise<boolean> {
    return this.ledger.write(by, op, { ids: [forge.photoId(seed)] })
  }

  record(seed: string): Promise<PhotoRecord | null> {
    return this.ledger.record(seed)
  }

  async state(seed: string): Promise<number | null> {
    return (await this.ledger.rows.place(forge.photoId(seed)))?.state ?? null
  }

  /** What the album shows: states of the still and of what moves, the members who gave what moves, and photos counted. */
  async shows(): Promise<[number | null, number | null, string[], number]> {
    this.t.alike((await recount(this.ledger.bee)).wrong, [])
    const givers = (await this.record('still'))?.half?.by ?? []
    const by = givers.map((member) => NAMES[member] as string)
    const { photos } = await this.ledger.album()
    return [await this.state('still'), await this.state('moving'), by, photos]
  }
}

for (const first of ['still', 'moving'] as const) {
  test(`halves: one photo, ${first} first, by one member or by two`, async (t) => {
    for (const two of [false, true]) {
      const family = await Family.create(t)
      const { ann, bob } = family
      const photos = first === 'still' ? [still(), moving()] : [moving(), still()]
      await family.add(ann, photos[0] as In['photo'])
      t.is((await family.ledger.album()).photos, 1)
      await family.add(two ? bob : ann, photos[1] as In['photo'])
      const giver = two && first === 'still' ? 'Bob' : 'Ann'
      t.alike(await family.shows(), [LIVE, HALF, [giver], 1])
      const shown = await family.ledger.rows.photo(forge.photoId('moving'))
      t.ok(shown && b4a.equals(shown.id, forge.photoId('still')), 'its id leads to the photo')
    }
  })
}

test('halves: two of a kind do not take each other’s place', async (t) => {
  const family = await Family.create(t)
  const { ann, bob } = family
  await family.add(ann, still(), moving())
  await family.add(ann, forge.photo('edited', { live }))
  await family.add(bob, forge.photo('smaller', { type: MOV, live }))
  t.alike(await family.shows(), [LIVE, HALF, ['Ann'], 2], 'of those that are left, two more are one')
  t.is(await family.state('smaller'), HALF)
  await family.add(ann, forge.photo('third', { live: Buffer.alloc(16, 8) }))
  t.is((await family.shows())[3], 3, 'another identifier')
})

test('halves: what one member gave belongs together, whatever others say of theirs', async (t) => {
  const family = await Family.create(t)
  const { ann, bob } = family
  const forged = ['a', 'b', 'c', 'd'].map((seed) => forge.photo(`forged ${seed}`, { type: MOV, live }))
  await family.add(ann, moving())
  await family.add(bob, ...forged)
  await family.add(ann, still())
  t.alike(await family.shows(), [LIVE, HALF, ['Ann'], 5])
})

test('halves: a half that its giver took back gives way to another', async (t) => {
  const family = await Family.create(t)
  const { ann, bob } = family
  await family.add(ann, still())
  await family.add(bob, forge.photo('bad', { type: MOV, live }))
  await family.add(ann, moving())
  t.alike([await family.state('bad'), await family.state('moving')], [HALF, LIVE])
  await family.on(bob, 'withdraw', 'bad')
  t.alike(await family.shows(), [LIVE, HALF, ['Ann'], 1])
  t.is(await family.state('bad'), TRASHED, 'and is his to restore')
  await family.on(bob, 'restore', 'bad')
  t.is(await family.state('bad'), LIVE)
})

test('halves: deleting a copy takes nothing from the still that is left', async (t) => {
  const family = await Family.create(t)
  const { ann } = family
  await family.add(ann, forge.photo('edited', { live }))
  await family.add(ann, moving())
  await family.add(ann, still())
  t.is((await family.record('edited'))?.half?.by?.length, 1)
  await family.on(ann, 'purge', 'edited')
  t.alike(await family.shows(), [LIVE, HALF, ['Ann'], 1])

  const embedded = { sha256: forge.photoId('clip'), start: 500, size: 500, type: 10 }
  await family.add(ann, forge.photo('first', { embedded }), forge.photo('second', { embedded }))
  await family.on(ann, 'purge', 'first')
  await family.add(ann, forge.photo('clip', { type: MOV }))
  t.is(await family.state('clip'), HALF, 'also of two Motion Photos with one video')
})

test('halves: what was said of what moves is said of the photo', async (t) => {
  const family = await Family.create(t)
  const { ledger, ann, bob } = family
  const nonce = forge.random(16)
  await ledger.write(ann, 'collection', { nonce, name: 'Summer' })
  const collection = forge.idOf('collection', ann.keys.writerKey, nonce)
  await family.add(
    bob,
    moving({ caption: 'Waves', tags: ['sea'], collections: [{ collection, position: '5' }] })
  )
  await ledger.write(bob, 'favourite', { ids: [forge.photoId('moving')], on: true })
  t.is((await ledger.rows.collection(collection))?.count, 1)
  await family.add(ann, still({ tags: ['boat'] }))
  t.alike(await family.shows(), [LIVE, HALF, ['Bob'], 1])
  const record = (await family.record('still')) as PhotoRecord
  t.alike(
    [record.caption, record.tags, record.favourites],
    ['Waves', ['boat', 'sea'], [NAMES.indexOf('Bob')]]
  )
  t.is((await ledger.rows.collection(collection))?.count, 1, 'once in the collection')

  const ids = [forge.photoId('moving'), forge.photoId('still')]
  await ledger.write(ann, 'edit', { ids, fields: TAGS, values: { tags: ['both'] } })
  t.alike((await family.record('still'))?.tags, ['both'])
  t.is((await family.record('still'))?.edits, 1, 'the two are one')
  t.alike((await family.record('moving'))?.tags, ['sea'])
  await ledger.write(ann, 'comment', { photo: forge.photoId('moving'), nonce, text: 'Look' })
  const row = await ledger.rows.commentKey(forge.idOf('comment', ann.keys.writerKey, nonce))
  t.ok(row && b4a.includes(row, forge.photoId('still')), 'so are comments')
  await family.add(ann, moving({ caption: 'Late', collections: [{ collection, position: '7' }] }))
  t.is((await family.record('still'))?.caption, 'Waves')
  t.alike((await family.shows())[2], ['Ann', 'Bob'], 'two gave it')
})

test('halves: taken back, each only what they gave', async (t) => {
  const family = await Family.create(t)
  const { ann, bob, dad } = family
  await family.add(ann, still())
  await family.add(bob, moving())
  await family.on(ann, 'withdraw', 'still')
  t.alike(await family.shows(), [TRASHED, LIVE, [], 1], 'what Bob gave stands by itself')
  await family.on(ann, 'restore', 'still')
  t.alike(await family.shows(), [LIVE, HALF, ['Bob'], 1], 'and they are together again')
  await family.on(bob, 'withdraw', 'still')
  t.alike(await family.shows(), [LIVE, HALF, [], 1], 'nothing moves any more')
  await family.add(dad, moving())
  t.alike(await family.shows(), [LIVE, HALF, ['Dad'], 1], 'until somebody else gives it')
  await family.on(dad, 'withdraw', 'moving')
  await family.on(ann, 'withdraw', 'moving')
  t.alike(await family.shows(), [TRASHED, HALF, [], 0], 'nobody gives either')
  await family.on(ann, 'restore', 'still')
  t.alike(await family.shows(), [LIVE, HALF, [], 1])
})

test('halves: in the trash together', async (t) => {
  const family = await Family.create(t)
  const { ann, bob, dad } = family
  await family.add(ann, still(), moving())
  await family.on(dad, 'trash', 'moving')
  t.alike(await family.shows(), [TRASHED, HALF, ['Ann'], 0])
  await family.add(bob, moving())
  t.alike(await family.shows(), [TRASHED, HALF, ['Ann', 'Bob'], 0], 'an owner’s word holds')
  await family.on(dad, 'restore', 'still')
  t.alike(await family.shows(), [LIVE, HALF, ['Ann', 'Bob'], 1])
  await family.on(ann, 'withdraw', 'still')
  t.alike(await family.shows(), [TRASHED, LIVE, [], 1], 'Bob’s video stays')
  await family.on(dad, 'trash', 'moving')
  await family.on(ann, 'restore', 'still')
  t.alike(await family.shows(), [LIVE, TRASHED, [], 1], 'what an owner threw away by itself stays there')
  await family.on(dad, 'restore', 'moving')
  t.alike(await family.shows(), [LIVE, HALF, ['Ann', 'Bob'], 1])
})

test('halves: deleted for good, with what is nobody else’s', async (t) => {
  const family = await Family.create(t)
  const { ann, bob, dad } = family
  await family.add(ann, still(), moving())
  await family.on(ann, 'purge', 'still')
  t.alike(await family.shows(), [2, 2, [], 0])
  t.is((await family.ledger.rows.purged(forge.photoId('moving')))?.contributions.length, 1)

  await family.add(bob, moving())
  await family.add(bob, still())
  t.alike(await family.shows(), [LIVE, HALF, ['Bob'], 1], 'added anew, they find each other')
  await family.add(ann, moving({ restore: true }))
  await family.on(dad, 'purge', 'still')
  t.alike(await family.shows(), [2, LIVE, [], 1], 'Ann’s video outlives the still that an owner deleted')
  t.is((await family.record('moving'))?.still, null)
  await family.add(ann, still({ restore: true }))
  await family.add(bob, still())
  await family.on(dad, 'purge', 'still')
  t.alike(await family.shows(), [2, 2, [], 0], 'where all who gave it gave the still too, both go')
})

test('halves: a still that somebody forges takes nobody’s video along', async (t) => {
  const family = await Family.create(t)
  const { ann, bob, dad } = family
  await family.add(dad, moving({ live: null }))
  const embedded = { sha256: forge.photoId('moving'), start: 500, size: 500, type: 10 }
  await family.add(bob, forge.photo('forged', { embedded }))
  t.is(await family.state('moving'), HALF)
  await family.add(bob, moving({ live: null }))
  await family.on(bob, 'purge', 'forged')
  t.is(await family.state('moving'), LIVE)
  await family.add(bob, forge.photo('again', { embedded }))
  t.is(await family.state('moving'), HALF)
  await family.on(dad, 'purge', 'again')
  t.is(await family.state('moving'), LIVE, 'also not when an owner deletes it')
  for (const type of [JPEG, MOV]) {
    await family.add(
      ann,
      forge.photo(`odd ${type}`, { type, live, embedded: { ...embedded, sha256: forge.photoId('still') } })
    )
  }
  await family.add(ann, still())
  t.is(await family.state('still'), LIVE, 'a still moves nothing')
  t.alike((await recount(family.ledger.bee)).wrong, [])
})

test('halves: the video inside a Motion Photo is no second photo', async (t) => {
  const family = await Family.create(t)
  const { ann, bob } = family
  const embedded = { sha256: forge.photoId('moving'), start: 500, size: 500, type: 10 }
  const motion = forge.photo('still', { embedded })
  await family.add(ann, motion)
  await family.add(bob, moving({ live: null }))
  t.alike(await family.shows(), [LIVE, HALF, ['Bob'], 1], 'nor where it comes by itself')
  await family.on(bob, 'withdraw', 'moving')
  await family.on(ann, 'purge', 'still')
  t.alike(await family.shows(), [2, TRASHED, [], 0], 'what Bob took back is his to restore')
  await family.on(bob, 'restore', 'moving')
  t.alike(await family.shows(), [2, LIVE, [], 1])
  await family.add(bob, motion)
  t.alike(await family.shows(), [LIVE, HALF, ['Bob'], 1], 'and where it came first')
  for (const wrong of [{ start: 501 }, { size: 0 }, { start: Number.MAX_SAFE_INTEGER }]) {
    const lie = forge.photo(`lie ${JSON.stringify(wrong)}`, { embedded: { ...embedded, ...wrong } })
    t.absent(await family.add(ann, lie), 'bytes that are not of the file')
  }
})

test('halves: many sayings stay within bounds', async (t) => {
  const family = await Family.create(t)
  const { ann } = family
  const tags = (letter: string): string[] => Array.from({ length: LIMITS.tags }, (_, i) => `${letter}${i}`)
  await family.add(ann, still({ tags: tags('a') }))
  await family.add(ann, moving({ tags: tags('b') }))
  t.alike((await family.record('still'))?.tags, tags('a'))
})

test('halves: what others say of a photo that is there ties it to nothing', async (t) => {
  const family = await Family.create(t)
  const { ann, bob, dad } = family
  const embedded = { sha256: forge.photoId('moving'), start: 500, size: 500, type: 10 }
  await family.add(ann, moving({ live: null }))
  await family.add(dad, still({ live: null }))
  await family.add(bob, still({ embedded }), moving({ type: JPEG }))
  t.alike(await family.shows(), [LIVE, LIVE, [], 2])
  await family.add(dad, forge.photo('other', { live }))
  await family.add(ann, forge.photo('its half', { type: MOV, live }))
  t.is(await family.state('its half'), HALF, 'nor does it keep others apart')
  t.is((await family.record('still'))?.contributions.length, 2, 'it is one more source')
})

test('halves: what moves is deleted by itself, by whose it is', async (t) => {
  const family = await Family.create(t)
  const { ann, bob, dad } = family
  await family.add(ann, still())
  await family.add(bob, moving())
  t.absent(await family.on(ann, 'purge', 'moving'), 'not by another')
  await family.on(bob, 'purge', 'moving')
  t.alike(await family.shows(), [LIVE, 2, [], 1], 'the still stays')
  await family.add(dad, moving({ restore: true }))
  t.alike(await family.shows(), [LIVE, HALF, ['Dad'], 1], 'and takes another')
  await family.add(ann, moving({ restore: true }))
  await family.on(ann, 'purge', 'still')
  t.alike(await family.shows(), [2, LIVE, [], 1])
  t.alike(
    (await family.record('moving'))?.contributions.map((one) => one.withdrawn),
    [false, true],
    'who deletes the photo takes back what they gave of it'
  )
})

test('halves: an owner’s word holds for both, also where they part', async (t) => {
  const family = await Family.create(t)
  const { ann, bob, dad } = family
  await family.add(bob, still())
  await family.add(ann, moving())
  await family.on(dad, 'trash', 'still')
  await family.on(bob, 'withdraw', 'still')
  t.alike(await family.shows(), [TRASHED, TRASHED, [], 0])
  await family.on(bob, 'purge', 'still')
  t.alike(await family.shows(), [2, TRASHED, [], 0])
  await family.on(dad, 'restore', 'moving')
  t.alike(await family.shows(), [2, LIVE, [], 1])
})

test('halves: an owner restores the photo with what others gave of it', async (t) => {
  const family = await Family.create(t)
  const { ann, dad } = family
  await family.add(ann, still())
  await family.add(dad, moving())
  await family.on(dad, 'withdraw', 'still')
  await family.on(ann, 'withdraw', 'still')
  t.alike(await family.shows(), [TRASHED, HALF, [], 0])
  await family.on(dad, 'restore', 'still')
  t.alike(await family.shows(), [LIVE, HALF, ['Dad'], 1])
})

test('halves: what was edited away does not come back', async (t) => {
  const family = await Family.create(t)
  const { ledger, ann, bob } = family
  await family.add(bob, moving({ tags: ['secret'] }))
  await family.add(ann, still())
  t.alike((await family.record('still'))?.tags, ['secret'])
  await ledger.write(ann, 'edit', { ids: [forge.photoId('still')], fields: TAGS, values: { tags: [] } })
  await family.on(ann, 'withdraw', 'still')
  await family.on(ann, 'restore', 'still')
  t.alike(await family.shows(), [LIVE, HALF, ['Bob'], 1])
  t.alike((await family.record('still'))?.tags ?? [], [])
})

test('halves: what is in the trash keeps no others apart', async (t) => {
  const family = await Family.create(t)
  const { ann } = family
  await family.add(ann, forge.photo('edited', { live }))
  await family.on(ann, 'withdraw', 'edited')
  await family.add(ann, still(), moving())
  t.alike(await family.shows(), [LIVE, HALF, ['Ann'], 1])
})
