import { execFile } from 'node:child_process'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { FileStore } from '@tus/file-store'
import { Server } from '@tus/server'
import sharp from 'sharp'
import { Album } from '../../index.ts'
import { type Portal, createPortal, listenPortal } from '../../lib/portal/index.ts'
import { putThem, writeFile } from './adding.ts'
import { type Benchmark, type Row, median, milliseconds, needDisk, timed } from './harness.ts'
import { build } from './paging.ts'

const TOGETHER = 8
const THUMBNAILS = 48

const execute = promisify(execFile)

interface Reached {
  portal: Portal
  url: string
  cookie: string
  close(): Promise<void>
}

async function reach(album: Album, folder: string): Promise<Reached> {
  const portal = await createPortal(album, { folder, page: null })
  const listening = await listenPortal(portal)
  const { secret } = await portal.links.create({ memberId: album.me })
  const { url } = listening
  const response = await fetch(`${url}/api/session`, {
    method: 'POST',
    headers: { origin: url, 'x-hyperalbum': '1', 'content-type': 'application/json' },
    body: JSON.stringify({ secret })
  })
  const cookie = response.headers.getSetCookie()[0]?.split(';')[0] ?? ''
  const close = async (): Promise<void> => {
    await listening.close()
    await portal.close()
  }
  return { portal, url, cookie, close }
}

async function load(...args: string[]): Promise<number> {
  const script = fileURLToPath(new URL('./load.ts', import.meta.url))
  const { stdout } = await execute(process.execPath, [...process.execArgv, script, ...args])
  return Number(stdout)
}

/** A bare server of Node that answers with these bytes. */
async function serveBytes(bytes: Uint8Array, type: string): Promise<{ url: string; close: () => void }> {
  const server = http.createServer((_request, response) => {
    response.writeHead(200, { 'content-type': type, 'content-length': bytes.byteLength })
    response.end(bytes)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: () => void server.close()
  }
}

async function answers(what: string, reached: Reached, at: string, seconds: number): Promise<Row> {
  const url = reached.url + at
  const response = await fetch(url, { headers: { cookie: reached.cookie } })
  if (response.status !== 200) throw new Error(`${at}: ${response.status}`)
  const bytes = new Uint8Array(await response.arrayBuffer())
  const bare = await serveBytes(bytes, response.headers.get('content-type') ?? '')
  const [ours, limits]: [number[], number[]] = [[], []]
  // Turn and turn about, since a machine gets faster and slower while it runs.
  for (let round = 0; round < 2; round++) {
    limits.push(await load(bare.url, '', String(seconds), String(TOGETHER)))
    ours.push(await load(url, reached.cookie, String(seconds), String(TOGETHER)))
  }
  bare.close()
  const rate = (values: number[]): string => `${median(values).toFixed(0)} requests/s`
  const name = `${what} (${(bytes.byteLength / 1000).toFixed(1)} kB), against a bare server of the same bytes`
  return {
    what: name,
    ours: rate(ours),
    limit: rate(limits),
    ratio: median(ours) / median(limits),
    target: null
  }
}

/** What a page asks first: days, cells and their pictures. */
async function firstPictures({ url, cookie }: Reached): Promise<void> {
  const get = async (at: string): Promise<Response> => {
    const response = await fetch(url + at, { headers: { cookie } })
    if (response.status !== 200) throw new Error(`${at}: ${response.status}`)
    return response
  }
  await (await get('/api/timeline')).text()
  const { cells } = (await (await get(`/api/photos?limit=${THUMBNAILS}`)).json()) as {
    cells: { id: string }[]
  }
  await Promise.all(cells.map(async ({ id }) => (await get(`/photo/${id}/thumbnail`)).arrayBuffer()))
}

async function addPictures(place: string, count: number): Promise<void> {
  const album = await Album.open(place, { network: false })
  const sources = Array.from({ length: count }, async (_, i) => {
    const noise = { type: 'gaussian', mean: 128, sigma: 30 } as const
    const picture = sharp({ create: { width: 800, height: 600, channels: 3, noise, background: '#888' } })
    const source = await picture.jpeg().toBuffer()
    return { source, capturedAt: `2030-01-01T00:00:${String(i % 60).padStart(2, '0')}` }
  })
  for await (const { status } of album.addAll(await Promise.all(sources))) {
    if (status !== 'added') throw new Error(status)
  }
  await album.close()
}

async function uploads(place: string, bytes: number, folder: () => string): Promise<Row[]> {
  const file = writeFile(place, 'upload.jpg', bytes)
  const rows: { name: string; ours: number[]; limits: number[] }[] = [
    { name: 'sending a file, all but its last byte, against a bare tus server', ours: [], limits: [] },
    { name: 'until it is in the album, against a bare tus server and then `drive.put`', ours: [], limits: [] }
  ]
  for (let round = 0; round < 2; round++) {
    for (const [index, row] of rows.entries()) {
      const cut = index === 0 ? '1' : '0'
      const directory = folder()
      const tus = new Server({
        path: '/files',
        datastore: new FileStore({ directory }),
        relativeLocation: true
      })
      const bare = http.createServer((request, response) => void tus.handle(request, response))
      await new Promise<void>((resolve) => bare.listen(0, '127.0.0.1', resolve))
      const at = `http://127.0.0.1:${(bare.address() as AddressInfo).port}/files`
      const sent = await load(at, '', 'upload', file, cut)
      row.limits.push(sent + (index === 0 ? 0 : await putThem(folder(), [file])))
      bare.close()

      const album = await Album.create(folder(), { name: 'A', member: 'Dad', network: false, media: null })
      const reached = await reach(album, folder())
      row.ours.push(await load(`${reached.url}/api/uploads`, reached.cookie, 'upload', file, cut))
      await reached.close()
      await album.close()
    }
  }
  const rate = (ms: number): string => `${(bytes / 1000 / ms).toFixed(0)} MB/s`
  return rows.map(({ name, ours, limits }) => ({
    what: `${name} (${(bytes / 1e6).toFixed(0)} MB)`,
    ours: rate(median(ours)),
    limit: rate(median(limits)),
    ratio: median(limits) / median(ours),
    target: null
  }))
}

/** What the portal costs over HTTP, against bare servers of the same bytes. */
export const portal: Benchmark = {
  name: 'portal',
  async run({ quick, folder, note }) {
    const count = quick ? 2000 : 100_000
    const seconds = quick ? 0.5 : 1
    const bytes = quick ? 20_000_000 : 100_000_000
    needDisk(bytes * 12)
    const place = folder()
    await build(place, count, note)
    await addPictures(place, THUMBNAILS)

    const results: Row[] = []
    const album = await Album.open(place, { network: false })
    const reached = await reach(album, folder())
    for (const when of ['just opened', 'again']) {
      const { ms } = await timed(() => firstPictures(reached))
      const what = `timeline, page and ${THUMBNAILS} thumbnails of ${count} photos, ${when}`
      results.push({ what, ours: milliseconds(ms), limit: '', ratio: null, target: null })
    }
    const [newest] = await firstOf(album)
    results.push(await answers(`timeline of ${count} photos`, reached, '/api/timeline', seconds))
    results.push(await answers('page of 100', reached, '/api/photos?to=2030-01-01', seconds))
    results.push(await answers('thumbnail', reached, `/photo/${newest}/thumbnail`, seconds))
    await reached.close()
    await album.close()
    return [...results, ...(await uploads(folder(), bytes, folder))]
  }
}

async function firstOf(album: Album): Promise<string[]> {
  const ids: string[] = []
  for await (const { id } of album.list({ reverse: true, limit: 1 })) ids.push(id)
  return ids
}
