// Asks a server as fast as it answers, from a process of its own: `load.ts URL COOKIE SECONDS TOGETHER`, or sends it a
// file: `load.ts URL COOKIE upload FILE CUT` (how many of the last bytes to keep back).
import fs from 'node:fs'
import http from 'node:http'

const [url = '', cookie = '', what = '', more = '', cut = '0'] = process.argv.slice(2)
const { origin } = new URL(url)
const agent = new http.Agent({ keepAlive: true })

function ask(
  method: string,
  at: string,
  headers: Record<string, string> = {},
  body?: fs.ReadStream
): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    const sent = { cookie, origin, 'x-hyperalbum': '1', ...headers }
    const request = http.request(at, { method, agent, headers: sent }, (response) => {
      response.resume()
      response.on('end', () => {
        if ((response.statusCode ?? 500) < 300) resolve(response)
        else reject(new Error(`${method} ${at}: ${response.statusCode}`))
      })
    })
    request.on('error', reject)
    if (body) body.pipe(request)
    else request.end()
  })
}

async function rate(seconds: number, together: number): Promise<number> {
  const run = async (until: number): Promise<number> => {
    let count = 0
    const one = async (): Promise<void> => {
      while (performance.now() < until) {
        await ask('GET', url)
        count++
      }
    }
    await Promise.all(Array.from({ length: together }, one))
    return count
  }
  await run(performance.now() + 500)
  const begun = performance.now()
  const count = await run(begun + seconds * 1000)
  return count / ((performance.now() - begun) / 1000)
}

/** Milliseconds. */
async function upload(file: string, keepBack: number): Promise<number> {
  const { size } = fs.statSync(file)
  const tus = { 'tus-resumable': '1.0.0' }
  const begun = performance.now()
  const made = await ask('POST', url, { ...tus, 'upload-length': String(size), 'content-length': '0' })
  const length = size - keepBack
  const headers = {
    ...tus,
    'upload-offset': '0',
    'content-type': 'application/offset+octet-stream',
    'content-length': String(length)
  }
  const bytes = fs.createReadStream(file, { end: length - 1, highWaterMark: 256 * 1024 })
  await ask('PATCH', new URL(made.headers.location ?? '', url).href, headers, bytes)
  return performance.now() - begun
}

const result = what === 'upload' ? await upload(more, Number(cut)) : await rate(Number(what), Number(more))
console.log(result)
process.exit()
