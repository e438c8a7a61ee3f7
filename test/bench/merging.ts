import b4a from 'b4a'
import Hypercore, { type NoiseStream } from 'hypercore'
import crypto from 'hypercore-crypto'
import createTestnet from 'hyperdht/testnet.js'
import { Album } from '../plain.ts'
import type { Session } from '../../lib/session.ts'
import { type BareRow, BareBase, dealt, putsSince, rowsOp, writerOp } from './bare.ts'
import { type Benchmark, type Context, type Row, milliseconds, timed } from './harness.ts'
import { PHOTOS_PER_OP, appendEach, countPhotos, foundSession, openSession, photoOps } from './samples.ts'

const MEMBERS = ['Dad', 'Mum', 'Grandma']
// As fast as a bare base can be with one op a photo: appended one by one they merge some ten times slower.
const BARE_ARRAY = 250
// The bare side is given up after so long.
const BARE_LIMIT = 400_000
const POLL = 25

interface Side {
  meet(stream: NoiseStream): void
}

/** Three members add photos apart and then meet: how long until all three show the same album. */
export const merging: Benchmark = {
  name: 'merging',
  async run(context) {
    const { quick, note } = context
    const [few, many] = quick ? [200, 400] : [2000, 20_000]
    const small = await mergeAlbums(context, few)
    note(`album, ${few} each: ${milliseconds(small.ms)}`)
    const large = await mergeAlbums(context, many)
    note(`album, ${many} each: ${milliseconds(large.ms)}`)
    const bare = await mergeBare(context, few, small)
    note(`bare, ${few} each: ${milliseconds(bare)}`)
    const growth: Row = {
      what: `merging 3 writers' ${many} photos each; ratio: time against ${few} each`,
      ours: milliseconds(large.ms),
      limit: '',
      ratio: large.ms / small.ms,
      target: null
    }
    return [
      {
        what: `merging 3 writers' ${few} photos each`,
        ours: milliseconds(small.ms),
        limit: `${bare >= BARE_LIMIT ? 'over ' : ''}${milliseconds(bare)}`,
        ratio: bare / small.ms,
        target: { atLeast: 4 }
      },
      growth
    ]
  }
}

interface Merged {
  ms: number
  /** What each member's photos put into the view, and how many bytes a photo has in an op. */
  puts: BareRow[][]
  bytes: number
}

async function mergeAlbums({ folder, note }: Context, count: number): Promise<Merged> {
  const places = MEMBERS.map(() => folder())
  await makeMembers(places)
  const sessions: Session[] = []
  const puts: BareRow[][] = []
  let bytes = 0
  for (const [i, place] of places.entries()) {
    const session = await openSession(place)
    const ops = await photoOps(session, MEMBERS[i] as string, count)
    bytes = Math.ceil((ops[0]?.byteLength ?? 0) / PHOTOS_PER_OP)
    const from = session.log.view.version
    await appendEach(session, ops)
    puts.push(await putsSince(session.log.view, from))
    sessions.push(session)
  }
  note(`album: ${count} photos added by each`)
  const total = (count + 1) * MEMBERS.length - 1
  const { ms } = await timed(async () => {
    connectAll(sessions)
    await until(async () => {
      const counts = await Promise.all(sessions.map(countPhotos))
      return counts.every((one) => one === total) && (await same(sessions.map(({ log }) => log.view.core)))
    })
  })
  for (const session of sessions) await session.close()
  return { ms, puts, bytes }
}

// Three members who have met once, and are apart since.
async function makeMembers(places: string[]): Promise<void> {
  const testnet = await createTestnet(10)
  const network = { bootstrap: testnet.bootstrap }
  const [founder, ...others] = places as [string, ...string[]]
  await (await foundSession(founder)).close()
  const album = await Album.open(founder, { network })
  for (const [i, place] of others.entries()) {
    const { code } = await album.invites.create()
    const joined = await Album.join(place, code, {
      member: MEMBERS[i + 1] as string,
      network,
      timeout: 60_000
    })
    // The founder's index has to know the joiner's drives before they part.
    const { id } = await joined.add(jpeg(i))
    await until(async () => (await album.get(id)) !== null)
    // Nor can the joiner add anything alone before it has the whole index.
    await until(async () => (await joined.status()).index.whole)
    await joined.close()
  }
  await album.close()
  await testnet.destroy()
}

function jpeg(seed: number): Uint8Array {
  return b4a.concat([b4a.from([0xff, 0xd8, 0xff, 0xe0]), crypto.hash(b4a.from([seed]))])
}

async function mergeBare({ folder, note }: Context, count: number, { puts, bytes }: Merged): Promise<number> {
  const rows = puts.flatMap((own) => dealt(own, count))
  const encryptionKey = crypto.randomBytes(32)
  const first = await BareBase.create(folder(), rows, encryptionKey)
  const bases = [first]
  for (const _ of MEMBERS.slice(1)) {
    bases.push(await BareBase.create(folder(), rows, encryptionKey, first.base.key))
  }
  for (const { base } of bases.slice(1)) await first.base.append([writerOp(base.local.key)])
  const part = connectAll(bases)
  await until(async () => bases.every(({ base }) => base.writable))
  part()
  const added = await timed(async () => {
    for (const [i, { base }] of bases.entries()) {
      for (let n = 0; n < count; n += BARE_ARRAY) {
        const size = Math.min(BARE_ARRAY, count - n)
        await base.append(Array.from({ length: size }, (_, k) => rowsOp(i * count + n + k, bytes)))
      }
    }
  })
  note(`bare: ${count} photos added by each, one op a photo, in ${milliseconds(added.ms)}`)
  // Every put makes a block, and there is one before the first.
  const length = 1 + rows.reduce((sum, one) => sum + one.length, 0)
  const { ms } = await timed(async () => {
    connectAll(bases)
    await until(async () => {
      const cores = bases.map(({ base }) => base.view.core)
      return cores.every((core) => core.length === length) && same(cores)
    }, BARE_LIMIT)
  })
  for (const bare of bases) await bare.close()
  return ms
}

/** Connects everybody with everybody by piped streams; call what it returns to part them. */
function connectAll(sides: Side[]): () => void {
  const streams: { destroy(): void }[] = []
  for (const [i, a] of sides.entries()) {
    for (const b of sides.slice(i + 1)) {
      const left = Hypercore.createProtocolStream(true)
      const right = Hypercore.createProtocolStream(false)
      left.pipe(right).pipe(left)
      a.meet(left.noiseStream)
      b.meet(right.noiseStream)
      streams.push(left, right)
    }
  }
  return () => {
    for (const stream of streams) stream.destroy()
  }
}

/** Whether all cores say the same, byte for byte. */
async function same(cores: Hypercore[]): Promise<boolean> {
  const lengths = new Set(cores.map(({ length }) => length))
  if (lengths.size > 1) return false
  const hashes = await Promise.all(cores.map((core) => core.treeHash()))
  return new Set(hashes.map((hash) => b4a.toString(hash, 'hex'))).size === 1
}

/** Resolves when it is so, or when the time is up. */
async function until(check: () => Promise<boolean>, limit = Infinity): Promise<void> {
  const deadline = performance.now() + limit
  while (!(await check()) && performance.now() < deadline) await new Promise((done) => setTimeout(done, POLL))
}
