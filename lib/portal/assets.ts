import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { AlbumError } from '../errors.ts'
import type { App } from './route.ts'

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.webmanifest': 'application/manifest+json',
  '.json': 'application/json',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.woff2': 'font/woff2'
}
const COMPRESSED = ['.html', '.js', '.css', '.svg', '.webmanifest', '.json', '.txt']
const YEAR = 31_536_000
// esbuild names a file by its content: `main-4Q7XKZ2A.js`.
const HASHED = /-[A-Z0-9]{8}\.\w+$/

/** What the page may do: its own scripts, styles and pictures, and nothing in line. */
const PAGE_POLICY: string = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "media-src 'self' blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "worker-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'"
].join('; ')
// A worker goes by the policy of its own file: the one that hashes compiles WebAssembly, and asks nobody anything.
const HASHER = /\/hasher\b[^/]*\.js$/
const HASHER_POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'"

interface Asset {
  bytes: Uint8Array<ArrayBuffer>
  packed: { br: Uint8Array<ArrayBuffer>; gzip: Uint8Array<ArrayBuffer> } | null
  headers: Record<string, string>
}

/** The built page, in memory: no name out of a URL comes to the disk. */
export class Assets {
  readonly #files: Map<string, Asset>

  private constructor(files: Map<string, Asset>) {
    this.#files = files
  }

  /**
   * Reads the page from a folder; in a checkout whose own is not built, or of older sources, that is done first. `null`
   * for none.
   * Throws `FILE_NOT_FOUND` where there is none.
   */
  static async open(folder?: string | null): Promise<Assets> {
    if (folder === null) return new Assets(new Map())
    const built = folder ?? fileURLToPath(new URL('./page/dist', import.meta.url))
    const index = path.join(built, 'index.html')
    if (folder === undefined) await buildHere(built)
    if (!fs.existsSync(index))
      throw new AlbumError('FILE_NOT_FOUND', 'The page of the portal has not been built')
    return new Assets(readAll(built))
  }

  /** These are for everybody: they say nothing of the album. */
  routes(app: App): void {
    for (const [name, asset] of this.#files) {
      app.get(name, (c) => answer(c.req.raw.headers, c.req.method === 'HEAD', asset))
    }
  }
}

/** Only in a checkout: the package comes with the page built, and without what builds it. */
async function buildHere(folder: string): Promise<void> {
  const script = new URL('./page/build.ts', import.meta.url)
  if (!fs.existsSync(script) || timeOf(path.join(folder, 'index.html')) > newestIn(path.dirname(folder)))
    return
  const { buildPage } = (await import(script.href)) as { buildPage: (folder: string) => Promise<unknown> }
  // Another process may read the one that is there, or build it as well: it is never seen half.
  const draft = path.join(path.dirname(folder), `.dist-${process.pid}`)
  const old = `${draft}-old`
  await buildPage(draft)
  try {
    if (fs.existsSync(folder)) fs.renameSync(folder, old)
    fs.renameSync(draft, folder)
  } catch (error) {
    // Then the other's is there.
    if (!fs.existsSync(folder)) throw error
  } finally {
    for (const left of [draft, old]) fs.rmSync(left, { recursive: true, force: true })
  }
}

/** When the newest of the page's sources was written. */
function newestIn(folder: string): number {
  const names = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' })
  const sources = names.filter((name) => !/^\.?dist\b/.test(name))
  return Math.max(...sources.map((name) => timeOf(path.join(folder, name))))
}

/** Milliseconds since 1970; 0 where nothing is. */
function timeOf(file: string): number {
  return fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0
}

function readAll(folder: string): Map<string, Asset> {
  const files = new Map<string, Asset>()
  const names = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' })
  for (const name of names) {
    const file = path.join(folder, name)
    const url = '/' + name.split(path.sep).join('/')
    if (fs.statSync(file).isFile())
      files.set(url === '/index.html' ? '/' : url, assetOf(url, fs.readFileSync(file)))
  }
  return files
}

function assetOf(url: string, content: Buffer): Asset {
  const bytes = new Uint8Array(content)
  const extension = path.extname(url)
  const packed = COMPRESSED.includes(extension)
    ? {
        br: new Uint8Array(brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } })),
        gzip: new Uint8Array(gzipSync(bytes))
      }
    : null
  const tag = createHash('sha256').update(bytes).digest('base64url').slice(0, 22)
  return {
    bytes,
    packed,
    headers: {
      'content-type': TYPES[extension] ?? 'application/octet-stream',
      'cache-control': HASHED.test(url) ? `public, max-age=${YEAR}, immutable` : 'no-cache',
      'content-security-policy': HASHER.test(url) ? HASHER_POLICY : PAGE_POLICY,
      etag: `"${tag}"`,
      vary: 'accept-encoding'
    }
  }
}

function answer(asked: Headers, head: boolean, { bytes, packed, headers }: Asset): Response {
  if (asked.get('if-none-match') === headers.etag) return new Response(null, { status: 304, headers })
  const accepted = asked.get('accept-encoding') ?? ''
  const coding = (['br', 'gzip'] as const).find((one) => new RegExp(`\\b${one}\\b`).test(accepted))
  const body = (coding && packed?.[coding]) ?? bytes
  const sent = new Headers(headers)
  if (coding && packed) sent.set('content-encoding', coding)
  sent.set('content-length', String(body.byteLength))
  return new Response(head ? null : body, { headers: sent })
}
