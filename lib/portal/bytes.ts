import type { Album } from '../album.ts'
import { fileNameOf } from '../export/names.ts'
import type { Photo, PhotoStream, ReadOptions, Variant } from '../types.ts'
import { notFound } from './answers.ts'
import { type Range, rangeOf } from './ranges.ts'
import { type App, type Ask, photoIn, visitorOf } from './route.ts'
import type { Sessions } from './sessions.ts'

// What a browser shows by itself and in which nothing can run. Anything else is only given to be saved.
const SHOWN = [
  'image/jpeg',
  'image/png',
  'image/webp',
  'image/gif',
  'image/avif',
  'video/mp4',
  'video/quicktime'
]
const YEAR = 31_536_000
// How long, in milliseconds, somebody is looked for where the answer is wanted soon.
const SOON = 2000

interface Asked {
  face: Album
  photo: Photo
  variant: Variant
  headers: Headers
  /** How it is read: until the browser leaves, or its session ends. */
  reading: ReadOptions
}

/** Pictures and files. */
export function byteRoutes(app: App, sessions: Sessions): void {
  app.get('/photo/:id/:variant', async (c) => {
    const { face, session } = visitorOf(c)
    const variant = c.req.param('variant')
    const photo = await face.get(photoIn(c))
    if (photo === null || !isVariant(variant)) throw notFound()
    const strip = c.req.query('strip') === '1'
    const headers = headersOf(photo, variant, { strip, download: c.req.query('download') === '1' })
    if (isKnown(c, headers)) return new Response(null, { status: 304, headers })
    const signal = AbortSignal.any([c.req.raw.signal, sessions.signalOf(session.id)])
    const soon = c.req.query('soon') === '1'
    const reading = { variant, signal, ...(soon && { timeout: SOON }) }
    const asked = { face, photo, variant, headers, reading }
    if (variant === 'thumbnail' || variant === 'preview') return renditionAnswer(c, asked)
    return strip ? strippedAnswer(c, asked) : fileAnswer(c, asked)
  })
}

function isVariant(text: string): text is Variant {
  return ['original', 'preview', 'thumbnail', 'motion'].includes(text)
}

/** Whether the browser has it already. What a photo's id names never changes. */
function isKnown(c: Ask, headers: Headers): boolean {
  const tags = c.req.header('if-none-match')
  return tags !== undefined && tags.split(',').some((tag) => tag.trim() === headers.get('etag'))
}

function headersOf(photo: Photo, variant: Variant, options: { strip: boolean; download: boolean }): Headers {
  const { strip, download } = options
  const file = fileOf(photo, variant)
  const rendition = variant === 'thumbnail' || variant === 'preview'
  const type = rendition ? 'image/webp' : file.type
  const shown = SHOWN.includes(type)
  const headers = new Headers({
    'content-type': shown ? type : 'application/octet-stream',
    'cache-control': `private, max-age=${YEAR}, immutable`,
    // Another who comes in with the same browser may not see what this one has.
    vary: 'cookie',
    etag: `"${photo.id}-${variant}${strip ? '-stripped' : ''}"`,
    'content-security-policy': "default-src 'none'; sandbox"
  })
  if (download || !shown) {
    // By what it is, not by what whoever sent it says it is: a picture is not saved as a program.
    headers.set('content-disposition', attachment(fileNameOf(photo.name, type)))
  }
  return headers
}

/** The file that a variant is of. */
function fileOf(photo: Photo, variant: Variant): { size: number; type: string } {
  if (variant !== 'motion') return photo
  const motion = photo.files.find(({ role }) => role === 'motion')
  if (!motion) throw notFound()
  return motion
}

async function renditionAnswer(c: Ask, { face, photo, headers, reading }: Asked): Promise<Response> {
  // They are small, and how large the index does not say: read whole.
  const chunks: Uint8Array[] = []
  for await (const chunk of face.read(photo.id, reading)) chunks.push(chunk)
  const bytes = Buffer.concat(chunks)
  const range = askedRange(c, headers, bytes.byteLength)
  if (range === 'unsatisfiable') return unsatisfiable(bytes.byteLength)
  const part = range ? bytes.subarray(range.start, range.end + 1) : bytes
  return answer(headers, bytes.byteLength, range, c.req.method === 'HEAD' ? null : part)
}

async function fileAnswer(c: Ask, { face, photo, variant, headers, reading }: Asked): Promise<Response> {
  const { size } = fileOf(photo, variant)
  const range = askedRange(c, headers, size)
  if (range === 'unsatisfiable') return unsatisfiable(size)
  if (c.req.method === 'HEAD') return answer(headers, size, range, null)
  return answer(headers, size, range, await streamed(face.read(photo.id, { ...reading, ...range })))
}

async function strippedAnswer(c: Ask, { face, photo, headers, reading }: Asked): Promise<Response> {
  headers.set('accept-ranges', 'none')
  if (c.req.method === 'HEAD') return new Response(null, { headers })
  return new Response(await streamed(face.read(photo.id, { ...reading, strip: true })), { headers })
}

/** What is asked for, where `If-Range` does not say that it is of another file. */
function askedRange(c: Ask, headers: Headers, size: number): ReturnType<typeof rangeOf> {
  const condition = c.req.header('if-range')
  if (condition !== undefined && condition !== headers.get('etag')) return null
  return rangeOf(c.req.header('range') ?? null, size)
}

function answer(
  headers: Headers,
  size: number,
  range: Range | null,
  body: Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> | null
): Response {
  headers.set('accept-ranges', 'bytes')
  headers.set('content-length', String(range ? range.end - range.start + 1 : size))
  if (range) headers.set('content-range', `bytes ${range.start}-${range.end}/${size}`)
  return new Response(body, { status: range ? 206 : 200, headers })
}

function unsatisfiable(size: number): Response {
  const headers = { 'content-range': `bytes */${size}`, 'cache-control': 'no-store' }
  return new Response(null, { status: 416, headers })
}

/** The bytes as a web stream, once the first have come: until then it can still be said that there are none. */
async function streamed(source: PhotoStream): Promise<ReadableStream<Uint8Array>> {
  const chunks = source[Symbol.asyncIterator]()
  let next = await chunks.next()
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        if (next.done) return controller.close()
        controller.enqueue(next.value)
        next = await chunks.next()
        if (next.done) controller.close()
      },
      cancel: () => source.destroy()
    },
    { highWaterMark: 1 }
  )
}

/** To be saved under a name that is fit for it. */
function attachment(name: string): string {
  const plain = name.replace(/[^\x20-\x7e]/g, '_')
  const encoded = encodeURIComponent(name).replace(/['()*]/g, (one) => `%${one.charCodeAt(0).toString(16)}`)
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`
}
