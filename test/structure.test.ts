// Holds the direction of imports: a file imports from its own place or from a lower floor, never sideways or up.
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import test from 'brittle'

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..')

const GROUND = ['errors.ts', 'types.ts', 'holepunch.d.ts']
const ALBUM = 5
const TOP = 9

/** Floors of the folders in lib/. Every file directly in lib/ which is named nowhere here is on the album's floor. */
const FLOORS = new Map([
  ['types', 0],
  ['util', 0],
  ['schema', 1],
  ['view', 2],
  ['log', 3],
  ['drives', 4],
  ['network', 3],
  ['membership', 4],
  ['media', 4],
  ['import', 6],
  ['export', 6],
  ['mirror', 6],
  ['portal', 7],
  ['cli', 8]
])

/** The modules of Node that Bare has too, under the same names (see `imports` in package.json). */
const BUILTIN = ['crypto', 'dgram', 'events', 'fs', 'net', 'os', 'path']

/** Tools that are run from the repository and never shipped: they may use Node. */
const TOOLS = ['lib/schema/build.ts']

const ENTRIES = [
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'index.ts',
  'lib',
  'examples',
  'test',
  'README.md',
  'LICENSE',
  'CHANGELOG.md',
  'node_modules',
  'dist'
]

interface File {
  /** From the repository's root, with `/`. */
  path: string
  text: string
}

interface Package {
  name: string
  dependencies: Record<string, string>
}

interface Place {
  name: string
  floor: number
}

/** Where a file belongs, or null where it has no place. */
function placeOf(file: string): Place | null {
  if (file === 'index.ts') return { name: 'index.ts', floor: TOP }

  const [lib, first = '', ...rest] = file.split('/')
  if (lib !== 'lib') return null

  if (rest.length > 0) {
    const floor = FLOORS.get(first)
    if (floor === undefined) return null
    return { name: floor === 0 ? 'ground' : first, floor }
  }

  if (GROUND.includes(first)) return { name: 'ground', floor: 0 }

  // What stands on top of the album may be a single file instead of a folder.
  const name = first.replace(/\.ts$/, '')
  const floor = FLOORS.get(name) ?? ALBUM
  return floor > ALBUM ? { name, floor } : { name: 'album', floor: ALBUM }
}

/** What a file imports or exports from, types too. Lines of comments are left out: they hold examples. */
function specifiersOf(text: string): string[] {
  const code = text.replace(/^[ \t]*(\/\/|\/\*|\*).*$/gm, '')
  const still = /^[ \t]*(?:import|export)\b(?:[^'"`]*?\bfrom)?\s*(['"])([^'"]+)\1/gm
  const dynamic = /\bimport\(\s*(['"`])([^'"`]+)\1/g
  return [...code.matchAll(still), ...code.matchAll(dynamic)].map((match) => match[2] ?? '')
}

/** `@scope/name/sub` is of `@scope/name`. */
function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

/** Tells every import that breaks a rule, one line each. */
function checkImports(files: File[], pkg: Package): string[] {
  const found: string[] = []
  const modules = [...Object.keys(pkg.dependencies), ...BUILTIN]

  for (const file of files) {
    const from = placeOf(file.path)
    if (from === null) {
      found.push(`${file.path} is on no floor`)
      continue
    }

    // Media work needs native help; everything else up to the album also runs on Bare.
    const portable = from.floor <= ALBUM && from.name !== 'media' && !TOOLS.includes(file.path)

    for (const specifier of specifiersOf(file.text)) {
      const self = packageOf(specifier) === pkg.name

      if (!self && !specifier.startsWith('.')) {
        if (portable && !modules.includes(packageOf(specifier))) {
          found.push(`${file.path} imports the module ${specifier}`)
        }
        continue
      }

      const target = self ? 'index.ts' : path.posix.join(path.posix.dirname(file.path), specifier)
      const to = placeOf(target)
      if (to === null) {
        found.push(`${file.path} imports ${target}, which is on no floor`)
      } else if (to.floor > from.floor) {
        found.push(`${file.path} imports ${target}, from a higher floor`)
      } else if (to.floor === from.floor && to.name !== from.name) {
        found.push(`${file.path} imports ${target}, from another place on its floor`)
      }
    }
  }

  return found
}

/** Tells what does not belong into the repository's root. */
function checkEntries(names: string[]): string[] {
  return names.filter((name) => !name.startsWith('.') && !ENTRIES.includes(name))
}

function readFiles(): File[] {
  const lib = fs
    .readdirSync(path.join(root, 'lib'), { recursive: true, encoding: 'utf8' })
    .map((name) => 'lib/' + name.split(path.sep).join('/'))
    .filter((name) => /\.[cm]?[jt]s$/.test(name))

  return ['index.ts', ...lib.sort()].map((name) => ({
    path: name,
    text: fs.readFileSync(path.join(root, name), 'utf8')
  }))
}

test('structure: imports go down', (t) => {
  const pkg = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8')) as Package
  const files = readFiles()

  t.ok(
    files.some((file) => file.path === 'lib/types.ts'),
    'files were read'
  )
  t.ok(
    files.some((file) => specifiersOf(file.text).length > 0),
    'imports were found'
  )
  t.alike(checkImports(files, pkg), [], 'no import breaks a rule')
})

test('structure: nothing else lies in the root', (t) => {
  t.alike(checkEntries(fs.readdirSync(root)), [])
})

test('structure: what breaks a rule is told', (t) => {
  const pkg = { name: 'hyperalbum', dependencies: { b4a: '1', '@scope/dep': '1' } }
  const check = (name: string, ...lines: string[]) =>
    checkImports([{ path: name, text: lines.join('\n') }], pkg)

  const wrong: [file: string, line: string, told: string][] = [
    ['lib/errors.ts', `import { Album } from './album.ts'`, 'lib/album.ts, from a higher floor'],
    ['lib/util/a.ts', `import '../schema/definition.ts'`, 'lib/schema/definition.ts, from a higher floor'],
    ['lib/view/a.ts', `import type { Log } from '../log/log.ts'`, 'lib/log/log.ts, from a higher floor'],
    ['lib/log/a.ts', `export * from '../network/a.ts'`, 'lib/network/a.ts, from another place on its floor'],
    ['lib/log/deep/a.ts', `import a from '../../index.ts'`, 'lib/index.ts, from a higher floor'],
    ['lib/media/a.ts', `const a = await import('../album.ts')`, 'lib/album.ts, from a higher floor'],
    ['lib/album.ts', `import {\n  a\n} from "./cli/a.ts"`, 'lib/cli/a.ts, from a higher floor'],
    ['lib/album.ts', `export { a } from './mirror.ts'`, 'lib/mirror.ts, from a higher floor'],
    ['lib/album.ts', `import { Album } from 'hyperalbum'`, 'index.ts, from a higher floor'],
    ['lib/import.ts', `import a from './export/a.ts'`, 'lib/export/a.ts, from another place on its floor'],
    ['lib/cli/a.ts', `import a from '../../index.ts'`, 'index.ts, from a higher floor'],
    ['lib/portal/a.ts', `import a from '../cli/a.ts'`, 'lib/cli/a.ts, from a higher floor'],
    ['lib/album.ts', `import a from '../test/a.ts'`, 'test/a.ts, which is on no floor'],
    ['lib/album.ts', `import a from './attic/a.ts'`, 'lib/attic/a.ts, which is on no floor'],
    ['lib/album.ts', `import fs from 'node:fs'`, 'the module node:fs'],
    ['lib/schema/a.ts', `import fs from 'node:fs'`, 'the module node:fs'],
    ['lib/membership/a.ts', `import http from 'http'`, 'the module http'],
    ['lib/view/a.ts', `const a: import('b4a-types').A = 1`, 'the module b4a-types'],
    ['lib/view/a.ts', `import a from '@scope/other'`, 'the module @scope/other']
  ]
  for (const [file, line, told] of wrong) t.alike(check(file, line), [`${file} imports ${told}`], told)

  t.alike(check('lib/attic/a.ts'), ['lib/attic/a.ts is on no floor'])
  t.is(check('lib/log/a.ts', `import a from '../album.ts'`, `import fs from 'node:fs'`).length, 2)

  const right: [file: string, line: string][] = [
    ['lib/types.ts', `import { a } from './errors.ts'`],
    ['lib/errors.ts', `import { a } from './util/a.ts'`],
    ['lib/util/a.ts', `import { a } from '../errors.ts'`],
    ['lib/log/a.ts', `import { a } from './b.ts'`],
    ['lib/log/deep/a.ts', `import { a } from '../b.ts'`],
    ['lib/album.ts', `import { a } from './facets.ts'`],
    ['lib/album.ts', `import { a } from './log/a.ts'`],
    ['lib/cli/a.ts', `import { a } from '../mirror/a.ts'`],
    ['lib/cli/a.ts', `import { a } from '../portal/index.ts'`],
    ['lib/cli/a.ts', `import os from 'node:os'`],
    ['lib/media/a.ts', `import os from 'node:os'`],
    ['lib/schema/build.ts', `import fs from 'node:fs'`],
    ['lib/album.ts', `import fs from 'fs'`],
    ['lib/album.ts', `import a from 'b4a/lib/a.js'`],
    ['lib/album.ts', `import a from '@scope/dep/a'`],
    ['lib/album.ts', ` * import { Album } from 'hyperalbum'`],
    ['lib/album.ts', `// const a = await import('node:fs')`],
    ['index.ts', `export { Album } from './lib/album.ts'`]
  ]
  for (const [file, line] of right) t.alike(check(file, line), [], `${file}: ${line}`)

  t.alike(checkEntries(['lib', '.git', 'notes.txt', 'src', 'LICENSE']), ['notes.txt', 'src'])
})
