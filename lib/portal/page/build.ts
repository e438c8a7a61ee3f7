// Bundles the page: `tsx lib/portal/page/build.ts [FOLDER]`, into `dist` beside this file unless told.
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import type { BuildOptions, Metafile } from 'esbuild'

const here = path.dirname(fileURLToPath(import.meta.url))

/** What a phone may have to fetch before it shows anything: scripts, compressed. */
const FIRST_LOAD = 100_000

/** Makes the page; answers how many bytes of script its first load takes, compressed. */
export async function buildPage(folder: string = path.join(here, 'dist')): Promise<number> {
  fs.rmSync(folder, { recursive: true, force: true })
  const assets = path.join(folder, 'assets')

  // First by itself: its name carries a hash, and the page has to know the name.
  const worker = await build({ ...options(assets), entryPoints: [path.join(here, 'upload/hasher.ts')] })
  const hasher = outputOf(worker.metafile, 'upload/hasher.ts')

  const page = await build({
    ...options(assets),
    entryPoints: [path.join(here, 'main.tsx'), path.join(here, 'style/index.css')],
    splitting: true,
    define: { HASHER: JSON.stringify(path.basename(hasher)) }
  })
  const script = outputOf(page.metafile, 'main.tsx')
  const style = outputOf(page.metafile, 'style/index.css')
  fs.copyFileSync(path.join(here, 'icon.svg'), path.join(assets, 'icon.svg'))
  const html = fs
    .readFileSync(path.join(here, 'index.html'), 'utf8')
    .replace('SCRIPT', `assets/${path.basename(script)}`)
    .replace('STYLE', `assets/${path.basename(style)}`)
  fs.writeFileSync(path.join(folder, 'index.html'), html)

  const first = [...loadedWith(page.metafile, script)]
  const bytes = first.reduce(
    (sum, file) => sum + gzipSync(fs.readFileSync(path.resolve(here, file))).length,
    0
  )
  if (bytes > FIRST_LOAD) throw new Error(`The first load takes ${bytes} bytes of script, compressed`)
  return bytes
}

function options(outdir: string): BuildOptions & { metafile: true } {
  return {
    absWorkingDir: here,
    outdir,
    bundle: true,
    minify: true,
    metafile: true,
    format: 'esm',
    target: ['es2022', 'safari15.4'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    entryNames: '[name]-[hash]',
    chunkNames: '[name]-[hash]',
    legalComments: 'linked',
    logLevel: 'warning'
  }
}

function outputOf(metafile: Metafile, entry: string): string {
  const found = Object.entries(metafile.outputs).find(([, output]) => output.entryPoint === entry)
  if (!found) throw new Error(`Nothing was built of ${entry}`)
  return found[0]
}

/** A script with what it imports at once; what it imports later (`import()`) does not count. */
function loadedWith(metafile: Metafile, script: string, seen: Set<string> = new Set()): Set<string> {
  if (seen.has(script)) return seen
  seen.add(script)
  for (const one of metafile.outputs[script]?.imports ?? []) {
    if (one.kind === 'import-statement') loadedWith(metafile, one.path, seen)
  }
  return seen
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const bytes = await buildPage(process.argv[2] && path.resolve(process.argv[2]))
  console.log(`The page: ${bytes} bytes of script in its first load, compressed`)
}
