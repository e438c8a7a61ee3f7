// Copies of the library as a later release might be: with another schema, another reducer. They lie where packages are
// found from and where neither git nor the linters look, and are gone after the test.
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Assertions } from 'brittle'

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..')

/** A new folder from which the packages of the repository are found. */
export function buildFolder(t: Assertions): string {
  const parent = path.join(root, 'node_modules', '.cache', 'hyperalbum-test')
  fs.mkdirSync(parent, { recursive: true })
  const folder = fs.mkdtempSync(path.join(parent, 'build-'))
  fs.writeFileSync(path.join(folder, 'package.json'), '{ "type": "module" }')
  t.teardown(() => fs.rmSync(folder, { recursive: true, force: true }), { order: 1000 })
  return folder
}

/** Replaces a piece of a file; fails where it is not there any more. */
export function patch(file: string, from: string, to: string): void {
  const text = fs.readFileSync(file, 'utf8')
  if (!text.includes(from))
    throw new Error(`${path.basename(file)} has changed, the test has to follow: ${from}`)
  fs.writeFileSync(
    file,
    text.replace(from, () => to)
  )
}

/**
 * A release that knows album version 2: every struct that can grow has a further field, an `ext` op named "title"
 * names the album, and so does an op of a new type.
 */
export function newerBuild(t: Assertions): string {
  const folder = buildFolder(t)
  fs.cpSync(path.join(root, 'lib'), path.join(folder, 'lib'), { recursive: true })
  fs.copyFileSync(path.join(root, 'index.ts'), path.join(folder, 'index.ts'))
  const lib = (...names: string[]): string => path.join(folder, 'lib', ...names)

  patch(
    lib('schema', 'definition.ts'),
    'album.register({ name, compact,',
    `if (!compact) all.push({ name: 'later', type: 'string' })\n    album.register({ name, compact,`
  )
  execFileSync(process.execPath, ['--import', 'tsx', lib('schema', 'build.ts')], { cwd: root })

  patch(lib('view', 'versions.ts'), '[[1, reducer]]', '[[1, reducer], [2, reducer2]]')
  fs.appendFileSync(
    lib('view', 'versions.ts'),
    `
import { tryDecode } from '../schema/codec.ts'
const reducer2: Reducer = {
  schema: 2,
  async apply(pass, writer, op) {
    const body = op.type === 28 || op.type === 1000 ? tryDecode('ext', op.body, 2) : null
    if (body?.name === 'title') pass.setAlbum({ name: new TextDecoder().decode(body.data) })
    else await reducer.apply(pass, writer, op)
  }
}
`
  )
  // `const` has to stand before its use.
  const text = fs.readFileSync(lib('view', 'versions.ts'), 'utf8')
  const at = text.indexOf('\nimport { tryDecode }')
  fs.writeFileSync(lib('view', 'versions.ts'), text.slice(at) + text.slice(0, at))
  return folder
}
