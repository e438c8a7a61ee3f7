// Counts the view anew, from the photos' own rows: what every index and every count must say.
import b4a from 'b4a'
import type Hyperbee from 'hyperbee'
import { decode } from '../lib/schema/codec.ts'
import { COMMON_TYPE, isVideo } from '../lib/schema/mime.ts'
import { dayOf, formatDay } from '../lib/schema/time.ts'
import { giversOf } from '../lib/view/givers.ts'
import { key, parse } from '../lib/view/keys.ts'
import { HALF, LIVE, PURGED, type PhotoRecord, Rows, TRASHED } from '../lib/view/rows.ts'
import { LIMITS } from '../lib/view/rules.ts'
import { Tally } from '../lib/view/tally.ts'

// Numbers of the tables in lib/view/keys.ts.
const PLACE = 10
const TIME = 11
const DAYS = 12
const INDEXES = { by: 13, type: 14, tag: 15, favourite: 16, collected: 22, position: 23 }
const TRASH = 17
const COLLECTION = 21
const HALVES = 33
const FILES = 18
const LIVES = 32
const HOLDS = 24

async function keysOf(bee: Hyperbee, table: number): Promise<string[]> {
  const keys: string[] = []
  const range = { gte: b4a.from([table]), lt: b4a.from([table + 1]) }
  for await (const row of bee.createReadStream(range)) keys.push(b4a.toString(row.key, 'hex'))
  return keys
}

/** What in the view contradicts the photos' own rows, one line each; and the days as counted. */
export async function recount(bee: Hyperbee): Promise<{ wrong: string[]; days: Record<string, number> }> {
  const rows = new Rows(bee)
  const wrong: string[] = []
  const wanted = new Map<string, string[]>(Object.keys(INDEXES).map((name) => [name, []]))
  const want = (index: keyof typeof INDEXES, row: Uint8Array): void =>
    void wanted.get(index)?.push(b4a.toString(row, 'hex'))
  const times: string[] = []
  const trash: string[] = []
  const halves: string[] = []
  const files: string[] = []
  const lives: string[] = []
  const days = new Map<number, Tally>()
  const collected = new Map<string, number>()
  let photos = 0

  for (const hex of await keysOf(bee, PLACE)) {
    const row = await bee.get(b4a.from(hex, 'hex'))
    const id = parse.id(b4a.from(hex, 'hex'))
    const place = decode('place', (row as { value: Uint8Array }).value)
    const record = await rows.recordAt(place, id)
    if (place.state === PURGED) {
      if ((await rows.purged(id)) === null) wrong.push(`${hex} is purged and nobody says by whom`)
      continue
    }
    if (record === null) {
      wrong.push(`${hex} has a place and no record`)
      continue
    }
    const { local } = place
    if (record.captured.local !== local) wrong.push(`${hex} stands at another time than its own`)
    if ((record.trashed !== null) !== (place.state === TRASHED)) wrong.push(`${hex}: trashed or not?`)
    wrong.push(...(await apart(rows, id, record)).map((what) => `${hex} ${what}`))
    for (const { device, freed } of record.contributions) {
      if (freed && (await rows.leave(device, id)) === null) wrong.push(`${hex} is let go of without leave`)
    }
    const { live, embedded } = record
    if (embedded) files.push(b4a.toString(key.file(embedded.sha256, id), 'hex'))
    if (live) lives.push(b4a.toString(key.live(live, isVideo(record.type), id), 'hex'))
    if (place.state === HALF) halves.push(b4a.toString(key.half(id), 'hex'))
    if (place.state === TRASHED) trash.push(b4a.toString(key.trash(local, id), 'hex'))
    if (place.state !== LIVE) continue
    if (record.contributions.every((one) => one.withdrawn)) wrong.push(`${hex} is there though all withdrew`)
    times.push(b4a.toString(key.time(local, id), 'hex'))
    const day = days.get(dayOf(local)) ?? new Tally()
    day.count(record, 1)
    days.set(dayOf(local), day)
    photos++
    for (const member of giversOf(record)) want('by', key.by(member, local, id))
    if (record.type !== COMMON_TYPE) want('type', key.type(record.type, local, id))
    for (const tag of new Set(record.tags ?? [])) want('tag', key.tag(tag, local, id))
    for (const member of record.favourites ?? []) want('favourite', key.favourite(member, local, id))
    for (const { collection, position } of record.collections ?? []) {
      want('collected', key.collected(collection, local, id))
      want('position', key.position(collection, position, id))
      const name = b4a.toString(collection, 'hex')
      collected.set(name, (collected.get(name) ?? 0) + 1)
    }
  }

  const compare = (what: string, found: string[], expected: string[]): void => {
    const sorted = [...expected].sort().join('\n')
    if (found.join('\n') !== sorted) wrong.push(`${what}: ${found.length} rows, ${expected.length} expected`)
  }
  compare('time', await keysOf(bee, TIME), times)
  compare('trash', await keysOf(bee, TRASH), trash)
  compare('halves', await keysOf(bee, HALVES), halves)
  compare('what lies in photos', await keysOf(bee, FILES), files)
  compare('what halves have in common', await keysOf(bee, LIVES), lives)
  for (const [name, table] of Object.entries(INDEXES)) {
    compare(name, await keysOf(bee, table), wanted.get(name) ?? [])
  }
  compare(
    'days',
    await keysOf(bee, DAYS),
    [...days.keys()].map((day) => b4a.toString(key.day(day), 'hex'))
  )
  for (const [day, tally] of days) {
    const [said, has] = [await rows.day(day), tally.after(null)].map((row) => JSON.stringify(row))
    if (said !== has) wrong.push(`${formatDay(day)}: says ${said}, has ${has}`)
  }
  for (const hex of await keysOf(bee, HOLDS)) {
    const { value } = (await bee.get(b4a.from(hex, 'hex'))) as { value: Uint8Array }
    const { length } = decode('hold-row', value).ranges
    if (length === 0 || length > LIMITS.ranges) wrong.push(`receipt ${hex} has ${length} numbers`)
  }
  for (const hex of await keysOf(bee, COLLECTION)) {
    const id = parse.id(b4a.from(hex, 'hex'))
    const said = (await rows.collection(id))?.count ?? 0
    const count = collected.get(b4a.toString(id, 'hex')) ?? 0
    if (said !== count) wrong.push(`collection ${hex}: says ${said}, has ${count}`)
  }
  const said = (await rows.album())?.photos
  if (said !== photos) wrong.push(`the album says ${said} photos, has ${photos}`)
  return {
    wrong,
    days: Object.fromEntries(
      [...days].sort(([a], [b]) => a - b).map(([day, tally]) => [formatDay(day), tally.after(null).count])
    )
  }
}

/** What of a Live Photo's two halves contradicts each other. */
async function apart(rows: Rows, id: Uint8Array, { half, still }: PhotoRecord): Promise<string[]> {
  const wrong: string[] = []
  const other = still && (await rows.record(still))
  if (still && !b4a.equals(other?.record.half?.id ?? still, id))
    wrong.push('moves with one that does not know it')
  const place = await rows.place(id)
  if (place?.state === HALF && !other) wrong.push('is half of nothing')
  const moving = half && (await rows.record(half.id))
  if (!half) return wrong
  if (!moving || !b4a.equals(moving.record.still ?? half.id, id))
    return [...wrong, 'has a half that does not know it']
  const together = moving.place.state === HALF
  const givers = [...giversOf(moving.record)].sort((a, b) => a - b)
  const gone = (await rows.record(id))?.record.contributions.every((one) => one.withdrawn)
  if (together && gone && givers.length > 0) wrong.push('took along what others gave')
  if ((half.by ?? []).join() !== (together ? givers : []).join())
    wrong.push('says wrongly who gave what moves')
  return wrong
}
