// Packs the package as it would be published, and uses it as a stranger does: installed into an empty folder, from
// JavaScript and from strict TypeScript, without any other types.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import test from 'brittle'
import sharp from 'sharp'
import { folder as samples } from './media-samples.ts'

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..')
const execute = promisify(execFile)

const SECOND = 1000
const TIMEOUT = 180 * SECOND

const JAVASCRIPT = `
import { Album } from 'hyperalbum'

const png =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
const album = await Album.create('./album', { name: 'Our family', member: 'Dad', network: false })

await album.add(Buffer.from(png, 'base64'), { name: 'a.png' })
for await (const photo of album.list()) console.log(photo.name)
await album.close()
`

// With the page that the package brings along.
const PORTAL = `
import { Album } from 'hyperalbum'
import { createPortal, listenPortal } from 'hyperalbum/portal'

const album = await Album.create('./portal-album', { name: 'Our family', member: 'Dad', network: false })
const portal = await createPortal(album, { folder: './portal' })
const { url, close } = await listenPortal(portal)
const page = await (await fetch(url)).text()
const script = await fetch(url + '/' + /<script [^>]*src="([^"]+)"/.exec(page)[1])
const me = await fetch(url + '/api/me')
const made = await portal.links.create({ memberId: album.me })
console.log(script.status, script.headers.get('content-type'), me.status, made.urls[0].startsWith(url + '/#join='))
await close()
await portal.close()
await album.close()
`

// A portal speaks in requests and answers: its types need those of the web, or of Node, and no others.
const PORTAL_TYPES = `
import { Album } from 'hyperalbum'
import { createPortal, type Portal, type Timeline } from 'hyperalbum/portal'

const album = await Album.open('./portal-album')
const portal: Portal = await createPortal(album, { folder: './portal', hosts: ['album.example'] })
const answer: Response = await portal.fetch(new Request('http://127.0.0.1/'))
export const days = ((await answer.json()) as Timeline).days.map(([day, count]) => day.length + count)
// @ts-expect-error a link is for a member
await portal.links.create({})
`

// By its place: an album calls it, nobody else.
const ENGINE = `
import { nodeEngine } from './node_modules/hyperalbum/dist/lib/media/node-engine.js'

const engine = nodeEngine({ parallel: 1 })
const { facts, thumbnail, preview, placeholder, damaged, failure } = await engine.examine(
  { path: 'photo.jpg' },
  'image/jpeg'
)
const kinds = [thumbnail, preview].map((bytes) => Buffer.from(bytes ?? []).toString('latin1', 8, 12))
const when = new Date(facts.captured?.local ?? 0).toISOString()
console.log(facts.width, facts.height, when, kinds.join(), placeholder?.length > 10, damaged, failure)
await engine.close()
`

// With the optional decoder of videos beside it. `ffmpeg` is not asked, where there is one.
const VIDEO = `
import { nodeEngine } from './node_modules/hyperalbum/dist/lib/media/node-engine.js'

process.env.PATH = ''
const engine = nodeEngine({ parallel: 1 })
const { facts, thumbnail, placeholder, damaged } = await engine.examine({ path: process.argv[2] }, 'video/quicktime')
const kind = Buffer.from(thumbnail ?? []).toString('latin1', 8, 12)
console.log(facts.width, facts.height, kind, placeholder?.length > 10, damaged)
await engine.close()
`
// The newest that runs on Node 20.
const CODECS = '@napi-rs/webcodecs@1.3.1'

/** A photo of 40 x 30 pixels that says when it was taken, and to be turned. */
function photo(): Promise<Uint8Array> {
  return sharp({ create: { width: 40, height: 30, channels: 3, background: '#c83' } })
    .withMetadata({ orientation: 6 })
    .withExifMerge({ IFD2: { DateTimeOriginal: '2020:07:16 10:11:12' } })
    .jpeg()
    .toBuffer()
}

// An `any` in place of a type makes the `@ts-expect-error` below it an error.
const TYPESCRIPT = `
import { Album, AlbumError } from 'hyperalbum'
import { exportFolder } from 'hyperalbum/export'
import { importFolder } from 'hyperalbum/import'
import { runMirror } from 'hyperalbum/mirror'

const album = await Album.create('./album', { name: 'Our family', member: 'Dad', network: false })
const added = await album.add(new Uint8Array([1, 2, 3]), { name: 'a.png' })
const id: string = added.id
const names: string[] = [album.name, id]

for await (const photo of album.list({ reverse: true, limit: 50 })) names.push(photo.name)

try {
  await album.close()
} catch (error) {
  if (error instanceof AlbumError) names.push(error.code)
}

for await (const event of importFolder(album, '.')) if (event.type === 'file') names.push(event.path)
for await (const event of exportFolder(album, '.', { strip: true })) if (event.type === 'file') names.push(event.path)

for await (const event of runMirror('./mirror')) if (event.type === 'health') names.push(event.name)

// @ts-expect-error a folder is a string
importFolder(album, 5)

// @ts-expect-error a folder is a string
runMirror(5)

// @ts-expect-error a name is a string
const n: number = album.name

// @ts-expect-error an id is a string
const i: number = added.id

// @ts-expect-error an album has no such method
album.doesNotExist()

// @ts-expect-error a limit is a number
album.list({ limit: 'many' })

for await (const photo of album.list()) {
  // @ts-expect-error a name is a string
  const p: number = photo.name
}

export { names }
`

const TSCONFIG = {
  compilerOptions: {
    target: 'es2022',
    lib: ['es2022'],
    types: [],
    module: 'nodenext',
    moduleResolution: 'nodenext',
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    noEmit: true
  },
  files: ['use.mts']
}

const PORTAL_TSCONFIG = {
  compilerOptions: { ...TSCONFIG.compilerOptions, lib: ['es2022', 'dom'] },
  files: ['portal.mts']
}

/** npm tells its scripts where they run; the npm started from here must find that out anew. */
function environment(): NodeJS.ProcessEnv {
  const inherited = /^(npm_(package|lifecycle)_|npm_(command|config_local_prefix|config_prefix)$|INIT_CWD$)/
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !inherited.test(name)))
}

test('package: works where only it is installed', { timeout: TIMEOUT }, async (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hyperalbum-package-'))
  t.teardown(() => fs.rmSync(folder, { recursive: true, force: true }))

  // Ends a command before the test itself times out, since only then its output is seen.
  const signal = AbortSignal.timeout(TIMEOUT - 10 * SECOND)

  /** Answers what the command printed, or null where it failed. */
  async function run(cwd: string, file: string, ...args: string[]): Promise<string | null> {
    try {
      const { stdout } = await execute(file, args, { cwd, signal, env: environment(), maxBuffer: 2 ** 26 })
      return stdout
    } catch (error) {
      const { message, stdout, stderr } = error as Error & { stdout?: string; stderr?: string }
      console.error([message, stdout, stderr].join('\n'))
      return null
    }
  }

  if ((await run(root, 'npm', 'pack', '--pack-destination', folder)) === null) return t.fail('npm pack')
  const tarball = fs.readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? ''
  t.ok(tarball, 'there is a tarball')

  const listed = await run(folder, 'tar', '-tzf', tarball)
  if (listed === null) return t.fail('tar -t')
  const files = listed
    .split(/\r?\n/)
    .filter(Boolean)
    .map((name) => name.replace(/^package\//, ''))

  t.ok(files.includes('dist/index.js'), 'the code is packed')
  t.ok(files.includes('dist/index.d.ts'), 'the types are packed')
  t.ok(files.includes('LICENSE'), 'the licence is packed')
  t.alike(
    files.filter((name) => /^(dist\/)?(test|examples)\//.test(name)),
    [],
    'no tests or examples are packed'
  )
  t.alike(
    files.filter((name) => /\.[cm]?ts$/.test(name) && !/\.d\.[cm]?ts$/.test(name)),
    [],
    'no sources are packed'
  )

  // The same compiler as here: another one would be another test.
  const compiler = JSON.parse(
    fs.readFileSync(path.join(root, 'node_modules/typescript/package.json'), 'utf8')
  ) as { version: string }

  const app = path.join(folder, 'app')
  fs.mkdirSync(app)
  fs.writeFileSync(path.join(app, 'use.mjs'), JAVASCRIPT)
  fs.writeFileSync(path.join(app, 'use.mts'), TYPESCRIPT)
  fs.writeFileSync(path.join(app, 'engine.mjs'), ENGINE)
  fs.writeFileSync(path.join(app, 'portal.mjs'), PORTAL)
  fs.writeFileSync(path.join(app, 'portal.mts'), PORTAL_TYPES)
  fs.writeFileSync(path.join(app, 'portal.json'), JSON.stringify(PORTAL_TSCONFIG))
  fs.writeFileSync(path.join(app, 'photo.jpg'), await photo())
  fs.writeFileSync(path.join(app, 'tsconfig.json'), JSON.stringify(TSCONFIG))

  if ((await run(app, 'npm', 'init', '-y')) === null) return t.fail('npm init')
  const install = ['install', path.join(folder, tarball), `typescript@${compiler.version}`]
  const flags = ['--prefer-offline', '--no-audit', '--no-fund']
  if ((await run(app, 'npm', ...install, ...flags)) === null) return t.fail('npm install')

  t.is(await run(app, process.execPath, 'use.mjs'), 'a.png\n', 'runs from JavaScript')
  t.is(
    await run(app, process.execPath, 'engine.mjs'),
    '30 40 2020-07-16T10:11:12.000Z WEBP,WEBP true false null\n',
    'photos are decoded in processes of the package'
  )
  t.is(await run(app, process.execPath, 'node_modules/typescript/bin/tsc'), '', 'compiles in TypeScript')
  t.is(
    await run(app, process.execPath, 'portal.mjs'),
    '200 text/javascript; charset=utf-8 401 true\n',
    'the portal serves its page'
  )
  t.is(
    await run(app, process.execPath, 'node_modules/typescript/bin/tsc', '-p', 'portal.json'),
    '',
    'and so does what uses the portal'
  )

  const program = path.join('node_modules', '.bin', 'hyperalbum')
  const typed = (...args: string[]): Promise<string | null> => run(app, program, ...args, '--album', 'typed')
  const { version } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8')) as {
    version: string
  }
  t.is(await run(app, program, '--version'), `${version}\n`, 'there is a command line')
  t.ok((await typed('create', 'Our family', '--member', 'Dad'))?.startsWith('Made the album Our family'))
  t.ok((await typed('add', 'photo.jpg', '--offline'))?.startsWith('added'), 'that adds')
  t.ok((await typed('ls'))?.includes('2020-07-16 10:11:12  Dad  photo.jpg'), 'and lists')
  t.ok(
    (await typed('export', 'out', '--offline'))?.includes('2020/07/2020-07-16 10.11.12 photo.jpg'),
    'and exports'
  )

  // Turned by a quarter, and in a codec that needs no licence of ours.
  const video = path.join(samples, 'cameras', 'with-gps.mov')
  if (!fs.existsSync(video)) return t.comment('SKIPPED: no sample of a video')
  fs.writeFileSync(path.join(app, 'video.mjs'), VIDEO)
  const play = (): Promise<string | null> => run(app, process.execPath, 'video.mjs', video)
  t.is(await play(), '320 568  true false\n', 'a video has no picture where nothing decodes it')
  if ((await run(app, 'npm', 'install', CODECS, ...flags)) === null) return t.fail('npm install')
  t.is(await play(), '320 568 WEBP true false\n', 'and has one where the optional decoder is installed')
})
