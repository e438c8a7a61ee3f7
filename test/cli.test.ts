import fs from 'node:fs'
import path from 'node:path'
import test from 'brittle'
import { COMMANDS } from '../lib/cli/catalogue/index.ts'
import { parse } from '../lib/cli/parse.ts'
import type { Command } from '../lib/cli/command.ts'
import { hyperalbum, inProcess, memoryTerminal, objectsOf } from './cli.ts'
import { png, tmp } from './helpers.ts'

/** Every command with those below it, as they are typed. */
function all(commands: Command[], before: string[] = []): [words: string[], command: Command][] {
  return commands.flatMap((command): [string[], Command][] => {
    const words = [...before, command.name]
    return [[words, command], ...all(command.commands ?? [], words)]
  })
}

test('cli: every command has help, with an example that is understood', async (t) => {
  const names = COMMANDS.map(({ name }) => name).join(' ')
  t.is(
    names,
    'create join invite requests members devices add import ls show get edit collections trash restore purge export health promise free blind indexer kit settle serve keep links status'
  )
  for (const [words, command] of all(COMMANDS)) {
    const { terminal, said } = memoryTerminal()
    t.is(await parse([...words, '--help'], '1.0.0', terminal), 0, words.join(' '))
    t.ok(said.out.includes(`Example:\n  hyperalbum ${command.example}`), 'has an example')
    const typed = [...command.example.matchAll(/"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? match[2] ?? '')
    const parsed = await parse(typed, '1.0.0', memoryTerminal().terminal)
    t.ok(typeof parsed === 'object' && parsed.command === command, command.example)
    t.is(typeof (await command.load()), 'function', 'can be loaded')
  }
})

test('cli: what a device keeps is told and changed', async (t) => {
  const cwd = tmp(t)
  const say = (...args: string[]) => inProcess(cwd, [...args, '--album', path.join(cwd, 'album')])
  await say('create', 'Our family', '--member', 'Dad')
  t.alike(
    (await say('keep')).out
      .split('\n')
      .map((line) => line.trim())
      .slice(0, 4),
    ['thumbnail  all', 'preview    asked', 'original   asked', 'here       0 B of what others added']
  )
  const rules = ['original=mine,favourites,recent:90,budget:20GB', 'preview=none']
  t.is((await say('keep', ...rules)).exit, 0)
  const told = await say('keep', '--json')
  const original = { mine: true, favourites: true, recent: 90, budget: 20_000_000_000 }
  const kept = { originals: 0, renditions: 0, paused: false }
  t.alike(objectsOf(told), [{ thumbnail: 'all', preview: 'none', original, kept }], 'remembered')
  t.ok((await say('keep', 'preview')).out.includes('original   mine,favourites,recent:90,budget:20GB'))
  t.alike((objectsOf(await say('keep', '--json'))[0] as { preview: string }).preview, 'all', 'in short')
  const wrong = [
    'motion',
    'original=',
    'original=some',
    'original=recent',
    'original=budget:20',
    'original=all,mine',
    ''
  ]
  for (const one of wrong) t.is((await say('keep', one)).exit, 2, one)
  t.is((await say('serve', '--offline', '--no-portal', '--keep', 'motion')).exit, 2, 'serve')
})

test('cli: an album from its founding to its trash', async (t) => {
  const cwd = tmp(t)
  const folder = path.join(cwd, 'album')
  const say = (...args: string[]) => inProcess(cwd, [...args, '--album', folder])
  fs.writeFileSync(path.join(cwd, 'a.png'), png(1))
  fs.writeFileSync(path.join(cwd, 'b.png'), png(2))
  fs.writeFileSync(path.join(cwd, 'no.txt'), 'no photo')

  const created = await say('create', 'Our family', '--member', 'Dad', '--device', 'laptop')
  t.is(created.exit, 0)
  t.is(created.out, `Made the album Our family in ${folder}.\n`)
  t.is((await say('create', 'Again', '--member', 'Dad')).exit, 3, 'there is one already')

  const added = await say(
    'add',
    'a.png',
    'b.png',
    'no.txt',
    '--offline',
    '--json',
    '--tag',
    'beach',
    '--tag',
    'sea'
  )
  t.is(added.exit, 1, 'one failed')
  t.alike(
    objectsOf(added).map(({ file, status }) => [file, status]),
    [
      ['a.png', 'added'],
      ['b.png', 'added'],
      ['no.txt', 'failed'],
      [undefined, undefined]
    ]
  )
  t.alike(objectsOf(added)[3], { held: 0, waiting: 2, holders: {} }, 'nobody else has them')
  t.is((objectsOf(added)[2]?.['error'] as { code: string } | undefined)?.code, 'UNSUPPORTED_FILE')
  fs.writeFileSync(path.join(cwd, 'c.png'), png(3))
  t.is((await say('add', 'c.png', '--offline', '--wait', 'soon')).exit, 2)
  fs.rmSync(path.join(cwd, 'c.png'))
  t.is(objectsOf(await say('ls', '--json')).length, 2, 'which was said before anything was added')
  const again = await say('add', 'a.png', '--offline')
  t.ok(again.out.startsWith('duplicate'), again.out)

  const listed = objectsOf(await say('ls', '--json', '--tag', 'sea'))
  t.is(listed.length, 2)
  const [one, two] = listed.map(({ id }) => String(id)) as [string, string]
  const lines = (await say('ls', '--reverse', '--limit', '1')).out.split('\n')
  t.is(lines.length, 2)
  t.ok(/^[0-9a-f]{8}  \d{4}-\d\d-\d\d \d\d:\d\d:\d\d  Dad  [ab]\.png$/.test(lines[0] ?? ''), lines[0])

  t.is((await say('edit', one, '--caption', 'On the beach', '--untag', 'sea', '--favourite')).exit, 0)
  const shown = objectsOf(await say('show', one.slice(0, 10), '--json', '--history'))[0]
  t.is(shown?.['caption'], 'On the beach')
  t.alike(shown?.['tags'], ['beach'])
  t.is(shown?.['favourite'], true)
  t.is((shown?.['history'] as unknown[] | undefined)?.length, 2)
  const text = (await say('show', one)).out
  t.ok(text.includes('caption      On the beach') && text.includes(`id           ${one}`), 'for people')
  t.is((await say('edit', one)).exit, 2, 'nothing to change')
  t.is((await say('show', '')).exit, 2, 'no digits are no photo')
  t.is((await say('ls', '--bootstrap', 'nonsense')).exit, 0, 'nobody is asked')
  t.is((await say('settle', '--bootstrap', 'nonsense')).exit, 2)

  t.is((await say('collections', 'create', 'Summer')).exit, 0)
  t.is((await say('collections', 'add', 'summer', one, two)).exit, 0)
  t.alike(
    objectsOf(await say('collections', '--json')).map(({ name, count }) => [name, count]),
    [['Summer', 2]]
  )
  t.is((await say('collections', 'remove', 'Summer', two)).exit, 0)
  t.is(objectsOf(await say('collections', 'show', 'Summer', '--json')).length, 1)

  t.is((await say('get', one, '--to', 'copy.png')).exit, 0)
  t.alike(
    fs.readFileSync(path.join(cwd, 'copy.png')),
    fs.readFileSync(path.join(cwd, String(shown?.['name'])))
  )
  t.is((await say('get', one, '--to', 'copy.png')).exit, 2, 'nothing is written over')
  t.alike(fs.readdirSync(cwd).sort(), ['a.png', 'album', 'b.png', 'copy.png', 'no.txt'])

  t.is((await say('trash', one)).exit, 0)
  t.is(objectsOf(await say('ls', '--json', '--trashed')).length, 1)
  t.is((await say('restore', one)).exit, 0)
  const unasked = await say('purge', one)
  t.is(unasked.exit, 2, 'nobody is there to ask')
  t.ok(unasked.err.includes('--yes'), unasked.err)
  t.is((await say('purge', one, '--yes')).exit, 0)
  t.is((await say('show', one)).exit, 1)
  t.is(objectsOf(await say('ls', '--json')).length, 1)

  t.is((await say('members', 'create', 'Grandpa')).exit, 0)
  t.is((await say('members', 'rename', 'grandpa', 'Nonno')).exit, 0)
  t.is((await say('members', 'role', 'Nonno', 'viewer')).exit, 0)
  t.is((await say('members')).out, 'Dad (you)  owner  laptop\nNonno  viewer  no device\n')
  t.is((await say('members', 'remove', 'Nonno', '--yes', '--offline')).exit, 0)
  t.is((await say('members')).out, 'Dad (you)  owner  laptop\n')
  t.is(objectsOf(await say('devices', '--json'))[0]?.['name'], 'laptop')

  const status = objectsOf(await say('status', '--json'))[0]
  t.is(status?.['photos'], 1)
  t.is(status?.['served'], false)
  t.is(status?.['promised'], 2)
})

test('cli: an expected error is one line with what to do', async (t) => {
  const cwd = tmp(t)
  const cases: [args: string[], exit: number, says: RegExp][] = [
    [['ls', '--album', 'none'], 3, /hyperalbum create/],
    [['ls', '--limit', '0', '--album', 'none'], 3, /hyperalbum create/],
    [['create', 'X', '--album', 'x'], 2, /--member/],
    [['join', 'nonsense', '--member', 'Me', '--album', 'j'], 5, /copy all of it/],
    [['join', '-', '--member', 'Me', '--album', 'j'], 5, /No code came/],
    [['join', 'nonsense', '--member', 'Me', '--timeout', 'soon', '--album', 'j'], 2, /write 90s/]
  ]
  for (const [args, exit, says] of cases) {
    const ended = await hyperalbum(t, args, { cwd })
    t.is(ended.exit, exit, args.join(' '))
    const lines = ended.err
      .trim()
      .split('\n')
      .filter((line) => line.startsWith('Error'))
    t.is(lines.length, 1, ended.err)
    t.ok(says.test(lines[0] ?? ''), lines[0])
    t.absent(/\n\s+at /.test(ended.err), 'no stack')
  }
  const escape = await hyperalbum(t, ['ls', '--\u001b[31mx'], { cwd })
  t.is(escape.exit, 2)
  t.absent(escape.err.includes('\u001b'), 'what was typed drives no terminal')
  const unknown = await hyperalbum(t, ['lst'], { cwd })
  t.is(unknown.exit, 2)
  t.ok(unknown.err.includes('Did you mean ls?'), unknown.err)
  t.is((await hyperalbum(t, ['add'], { cwd })).exit, 2)
  t.is((await hyperalbum(t, ['ls', 'what'], { cwd })).exit, 2)
  const version = await hyperalbum(t, ['--version'], { cwd })
  const { version: own } = JSON.parse(
    fs.readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  ) as { version: string }
  t.is(version.out, `${own}\n`)
})
