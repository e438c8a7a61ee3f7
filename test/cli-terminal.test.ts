// The command line on a pseudo-terminal: what a person sees, and what others cannot make them see.
import fs from 'node:fs'
import path from 'node:path'
import { spawn } from 'node:child_process'
import pty from '@lydell/node-pty'
import test, { type Assertions } from 'brittle'
import { PROGRAM, environment, hyperalbum, objectsOf, start } from './cli.ts'
import { Album } from './plain.ts'
import { eventually, png, tmp } from './helpers.ts'

// A colour, or the end of a line cleared.
const SEQUENCE = new RegExp('\u001b' + String.raw`\[(?:\d+m|K)`, 'g')

interface Seen {
  text: string
  type(text: string): void
  until(text: string): Promise<void>
  ended: Promise<number>
}

/** A command on a terminal of its own. */
function look(
  t: Assertions,
  args: string[],
  place: { cwd: string; env?: NodeJS.ProcessEnv },
  cols = 100
): Seen {
  const env = { ...environment(place.env), TERM: 'xterm-256color' } as Record<string, string>
  const terminal = pty.spawn(process.execPath, [...PROGRAM, ...args], { cols, rows: 30, cwd: place.cwd, env })
  const seen: Seen = {
    text: '',
    type: (text) => terminal.write(text),
    until: async (text) => void (await eventually(() => seen.text.includes(text), 60_000)),
    ended: new Promise((resolve) => terminal.onExit(({ exitCode }) => resolve(exitCode)))
  }
  terminal.onData((data) => (seen.text += data))
  t.teardown(() => {
    try {
      terminal.kill('SIGKILL')
    } catch {
      // It has ended.
    }
  })
  return seen
}

/** A text without colours and the bar's own sequences. */
function bare(text: string): string {
  return text.replace(SEQUENCE, '')
}

async function album(t: Assertions): Promise<{ cwd: string; env: NodeJS.ProcessEnv; folder: string }> {
  const cwd = tmp(t)
  const folder = path.join(cwd, 'album')
  const made = await Album.create(folder, { name: 'Our family', member: 'Dad', network: false })
  await made.close()
  return { cwd, folder, env: { HYPERALBUM: folder } }
}

test('terminal: nothing that a member writes drives the terminal of another', async (t) => {
  const { cwd, folder, env } = await album(t)
  const opened = await Album.open(folder, { network: false })
  const evil = '\u001b]0;owned\u0007\u001b[2J\u009b31m\u202eevil\u2028\r\n\b'
  const photo = await opened.add(png(1), { name: `a${evil}.png`, caption: evil, tags: [`tag${evil}`] })
  await opened.collections.create({ name: 'Summer\u009b2J\u202e' })
  await opened.close()

  for (const args of [
    ['ls'],
    ['show', photo.id],
    ['collections'],
    ['ls', '--json'],
    ['show', photo.id, '--json'],
    ['edit', photo.id, '--tag', 'x']
  ]) {
    const seen = look(t, args, { cwd, env }, 400)
    t.is(await seen.ended, 0, args[0])
    const left = bare(seen.text)
      .replaceAll('\r\n', '')
      .match(/[\p{Cc}\u202a-\u202e\u2066-\u2069\u2028]/gu)
    t.is(left, null, `${args.join(' ')}: ${JSON.stringify(bare(seen.text)).slice(0, 300)}`)
  }

  const shown = look(t, ['show', photo.id], { cwd, env }, 400)
  t.is(await shown.ended, 0)
  for (const word of ['\\x1b]0;owned\\x07', '\\x9b31m', '\\u202eevil']) t.ok(shown.text.includes(word), word)

  // File names of the person's own disk are no better.
  fs.writeFileSync(path.join(cwd, 'x\u001b[2Jy.png'), 'no photo')
  const seen = look(t, ['add', 'x\u001b[2Jy.png', '--offline'], { cwd, env })
  t.is(await seen.ended, 1)
  t.absent(seen.text.includes('\u001b[2J'))
  t.ok(seen.text.includes('\\x1b[2Jy.png'), 'it is shown what it is')
})

test('terminal: colours where somebody looks, unless they are not wanted', async (t) => {
  const { cwd, env } = await album(t)
  const coloured = look(t, ['status'], { cwd, env })
  t.is(await coloured.ended, 0)
  t.ok(coloured.text.includes('\u001b[1mOur family'), JSON.stringify(coloured.text))
  const plain = look(t, ['status'], { cwd, env: { ...env, NO_COLOR: '1' } })
  t.is(await plain.ended, 0)
  t.absent(plain.text.includes('\u001b['), JSON.stringify(plain.text))
  t.absent((await hyperalbum(t, ['status'], { cwd, env })).out.includes('\u001b'), 'none in a pipe')
})

test('terminal: a QR code where there is room, and a question that is answered', async (t) => {
  const { cwd, env } = await album(t)
  const wide = look(t, ['invite', '--offline'], { cwd, env }, 120)
  t.is(await wide.ended, 0)
  t.ok(/[█▀▄]{10}/.test(wide.text), 'a QR code')
  const narrow = look(t, ['invite', '--offline'], { cwd, env }, 40)
  t.is(await narrow.ended, 0)
  t.absent(/[█▀▄]/.test(narrow.text), 'none that would be broken')

  fs.writeFileSync(path.join(cwd, 'a.png'), png(1))
  await hyperalbum(t, ['add', 'a.png', '--offline'], { cwd, env })
  const [photo] = objectsOf(await hyperalbum(t, ['ls', '--json'], { cwd, env }))
  const id = String(photo?.['id'])
  const no = look(t, ['purge', id], { cwd, env })
  await no.until('[y/N]')
  no.type('n\r')
  t.is(await no.ended, 1)
  t.is(objectsOf(await hyperalbum(t, ['ls', '--json'], { cwd, env })).length, 1)
  for (const [key, exit] of [
    ['\u0003', 130],
    ['\u0004', 2]
  ] as const) {
    const left = look(t, ['purge', id], { cwd, env })
    await left.until('[y/N]')
    left.type(key)
    t.is(await left.ended, exit, key === '\u0003' ? 'Ctrl-C' : 'Ctrl-D')
  }
  const yes = look(t, ['purge', id], { cwd, env })
  await yes.until('[y/N]')
  yes.type('y\r')
  t.is(await yes.ended, 0)
  t.is(objectsOf(await hyperalbum(t, ['ls', '--json'], { cwd, env })).length, 0)
})

test('terminal: a bar that fits into 40 columns, Ctrl-C, and going on later', async (t) => {
  const { cwd, env } = await album(t)
  const photos = path.join(cwd, 'photos')
  fs.mkdirSync(photos)
  const count = 300
  for (let at = 0; at < count; at++) {
    fs.writeFileSync(path.join(photos, `a photo with a name that is long enough ${at}.png`), png(at, 64))
  }
  const seen = look(t, ['import', 'photos', '--offline'], { cwd, env }, 40)
  await seen.until('added')
  seen.type('\u0003')
  t.is(await seen.ended, 130)
  t.ok(seen.text.includes('run it again to go on'), JSON.stringify(seen.text.slice(-300)))
  // A bar is drawn where the last one was. The terminal itself shows what was typed.
  const drawn = seen.text.split('\r\u001b[K').map((part) => part.replace(/\r[^]*/, '').replace('^C', ''))
  const bars = drawn.filter((part) => /^(?:Looking|Reading|Asking|Adding)/.test(part))
  t.ok(bars.length > 0, 'there was a bar')
  t.alike(
    bars.filter((bar) => bare(bar).length >= 40),
    [],
    'none would wrap'
  )

  const before = objectsOf(await hyperalbum(t, ['ls', '--json'], { cwd, env })).length
  t.ok(before > 0 && before < count, `${before} of ${count} were in`)
  const again = await hyperalbum(t, ['import', 'photos', '--offline', '--json', '--no-wait'], { cwd, env })
  t.is(again.exit, 0, again.err)
  const summary = objectsOf(again).find(({ type }) => type === 'summary')
  t.is(Number(summary?.['added']) + Number(summary?.['known']), count)
  t.is(summary?.['known'], before, 'nothing was added twice')
})

test('terminal: what is piped in and never ends keeps nobody', async (t) => {
  const { cwd, env } = await album(t)
  const waiting = start(t, ['join', '-', '--member', 'Me', '--album', 'other'], { cwd, env })
  await eventually(() => waiting.child.pid !== undefined)
  await new Promise((resolve) => setTimeout(resolve, 2000))
  waiting.child.kill('SIGINT')
  t.is((await waiting.ended).exit, 130, 'Ctrl-C is heard')

  const refused = start(t, ['add', '-', '--offline'], { cwd, env })
  refused.child.stdin.on('error', () => {})
  refused.child.stdin.write('no photo at all, but much of it: '.repeat(400_000))
  t.is((await refused.ended).exit, 1, 'it ends though the pipe is open')
})

test('terminal: a pipe that is closed ends it without a word', async (t) => {
  const { cwd, env } = await album(t)
  const opened = await Album.open(String(env['HYPERALBUM']), { network: false })
  for await (const _ of opened.addAll(Array.from({ length: 500 }, (__, at) => png(at)))) void _
  await opened.close()
  const child = spawn(process.execPath, [...PROGRAM, 'ls', '--json'], { cwd, env: environment(env) })
  let err = ''
  child.stderr.on('data', (data) => (err += String(data)))
  child.stdout.once('data', () => child.stdout.destroy())
  const exit = await new Promise((resolve) => child.on('exit', resolve))
  t.is(exit, 141)
  t.is(err, '')
})

test('terminal: a passphrase is asked for twice, and nobody sees it', async (t) => {
  const { cwd, env } = await album(t)
  const words = 'seven brown hens lay on the roof'
  const seen = look(t, ['kit', 'create', 'a.kit', '--offline'], { cwd, env })
  await seen.until('words or more: ')
  seen.type(`${words}\r`)
  await seen.until('The same again: ')
  seen.type(`${words}!\r`)
  t.is(await seen.ended, 2)
  t.ok(seen.text.includes('not the same'), seen.text)
  t.absent(seen.text.includes('brown'), 'what is typed is not shown')

  const again = look(t, ['kit', 'create', 'a.kit', '--offline'], { cwd, env })
  for (const question of ['words or more: ', 'The same again: ']) {
    await again.until(question)
    again.type(`${words}\r`)
  }
  t.is(await again.ended, 0, again.text)
  t.absent(again.text.includes('brown'))
  t.ok(fs.existsSync(path.join(cwd, 'a.kit')))
  const left = look(t, ['kit', 'restore', 'a.kit', '--album', 'back', '--offline'], { cwd, env })
  await left.until('Passphrase')
  left.type('\u0003')
  t.is(await left.ended, 130, 'Ctrl-C')
})
