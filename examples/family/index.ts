// A family of three, each in a process of its own, over a local DHT: the founder invites two, all three add photos, one
// of them while the others are down, and in the end all must see the same album. A folder of photos may be given.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import createTestnet, { type Testnet } from 'hyperdht/testnet.js'
import { type View, compare, hashOf, indexOf } from './compare.ts'
import { MemberProcess } from './process.ts'
import { makeSamples } from './samples.ts'

// How long nothing may change while all come to the same state, in milliseconds.
const PATIENCE = 30_000
const POLL = 100

const started = Date.now()
const home = fs.mkdtempSync(path.join(os.tmpdir(), `hyperalbum-family-${process.pid}-`))
const running = new Set<MemberProcess>()
let testnet: Testnet | null = null
let interrupted = false

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    interrupted = true
    void cleanUp().finally(() => process.exit(128 + os.constants.signals[signal]))
  })
}
// Whoever reads may have seen enough, as in `npm start | head`.
process.stdout.on('error', () => {})

try {
  process.exitCode = (await play(process.argv[2])) ? 0 : 1
} catch (error) {
  if (!interrupted)
    console.error(`\nThe demo failed: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 1
} finally {
  if (!interrupted) await cleanUp()
}

/** The whole story; resolves to whether all saw the same. */
async function play(folder: string | undefined): Promise<boolean> {
  const files = folder === undefined ? makeSamples(path.join(home, 'samples')) : filesIn(folder)
  if (files.length === 0) throw new Error(`There is no file in ${folder}`)
  const [forDad, forMum, forGrandma] = deal(files)
  const photos = new Set<string>()
  testnet = await createTestnet(10)
  tell(`Three members, three processes, ${files.length} ${folder === undefined ? 'sample photos' : 'files'}`)

  let [dad, mum] = [start('Dad'), start('Mum')]
  const grandma = start('Grandma')
  await dad.call('create')
  const codes = [await dad.call('invite'), await dad.call('invite')] as const
  tell('Dad has made the album and two invites')
  await Promise.all([mum.call('join', codes[0]), grandma.call('join', codes[1])])
  tell('Mum and Grandma have joined')

  await Promise.all([add(dad, forDad, photos), add(mum, forMum, photos)])
  await until([dad, mum, grandma], photos.size)
  tell(`Dad and Mum have added photos at the same time: all see ${photos.size}`)

  await Promise.all([end(dad), end(mum)])
  tell('Dad and Mum are down')
  await add(grandma, forGrandma, photos)
  tell('Grandma has added photos, alone')

  ;[dad, mum] = [start('Dad'), start('Mum')]
  await Promise.all([dad.call('open'), mum.call('open')])
  tell('Dad and Mum are up again')
  const all = [dad, mum, grandma]
  await until(all, photos.size)
  tell(`All see ${photos.size}`)
  const read = Promise.all(all.map((member) => member.call('read', [...photos])))
  const [unread] = await Promise.all([read, until(all, photos.size, { final: true })])
  tell('All have read every photo, and the order of the album is final')

  const views = await Promise.all(all.map((member) => member.call('look')))
  for (const member of all) await member.call('print')
  const same = judge(views, [...photos], unread.flat())
  await Promise.all(all.map(end))
  return same
}

/** Files of a folder and of the folders in it; hidden ones are left out. */
function filesIn(folder: string): string[] {
  const entries = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()
  const shown = entries.filter((entry) => !entry.split(path.sep).some((part) => part.startsWith('.')))
  const files = shown.map((entry) => path.join(folder, entry))
  return files.filter((file) => fs.statSync(file, { throwIfNoEntry: false })?.isFile())
}

function deal(files: string[]): [string[], string[], string[]] {
  const hand = (nth: number): string[] => files.filter((_, i) => i % 3 === nth)
  return [hand(0), hand(1), hand(2)]
}

function start(name: string): MemberProcess {
  if (interrupted || testnet === null) throw new Error('The demo has ended')
  const bootstrap = testnet.bootstrap.map(({ host, port }) => `${host}:${port}`)
  const member = new MemberProcess(name, path.join(home, name), bootstrap)
  running.add(member)
  return member
}

async function end(member: MemberProcess): Promise<void> {
  await member.end()
  running.delete(member)
}

async function add(member: MemberProcess, files: string[], photos: Set<string>): Promise<void> {
  const added = await member.call('add', files)
  for (const id of added.photos) photos.add(id)
  for (const line of added.refused) console.log(`         left out: ${line}`)
}

/** Resolves when all show so many photos and their indexes are alike and whole; with `final`, confirmed by the founder. */
async function until(members: MemberProcess[], photos: number, { final = false } = {}): Promise<void> {
  let deadline = Date.now() + PATIENCE
  let before = ''
  for (;;) {
    const states = await Promise.all(members.map((member) => member.call('status')))
    const lengths = new Set(states.map(({ index }) => index.length))
    const there = states.every((state) => state.photos === photos && state.index.whole)
    const confirmed = !final || states.every(({ index }) => index.final === index.length)
    if (there && confirmed && lengths.size === 1) return
    const told = states.map(
      (state, i) => `  ${members[i]?.name}: ${state.photos} photos, index ${indexOf(state)}`
    )
    const now = told.join('\n')
    if (now !== before) deadline = Date.now() + PATIENCE
    if (Date.now() > deadline) throw new Error(`Not all came to see ${photos} photos\n${now}`)
    before = now
    await new Promise((resolve) => setTimeout(resolve, POLL))
  }
}

function judge(views: View[], photos: string[], unread: string[]): boolean {
  const wrong = [...compare(views, photos), ...unread]
  console.log(['', ...wrong].join('\n'))
  const [first] = views
  if (wrong.length > 0 || !first) return false
  console.log(`The three views are identical, byte for byte: SHA-256 ${hashOf(first).slice(0, 16)}...`)
  console.log(`Each of the three read all ${photos.length} photos and checked them against their ids.`)
  return true
}

function tell(what: string): void {
  console.log(`${((Date.now() - started) / 1000).toFixed(1).padStart(5)} s  ${what}`)
}

async function cleanUp(): Promise<void> {
  await Promise.all([...running].map((member) => member.kill()))
  await testnet?.destroy()
  fs.rmSync(home, { recursive: true, force: true })
}
