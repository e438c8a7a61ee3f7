// Joins an album with a code, adds photos, waits until another device holds them, lists the album and ends. The code is
// read from standard input where it is `-` or missing. A folder that has joined already is opened.
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { Album, AlbumError } from '../index.ts'

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { name: { type: 'string', default: 'Grandma' }, bootstrap: { type: 'string', multiple: true } }
})
const [folder = './mine', code = '-', ...files] = positionals
// The public DHT unless told.
const bootstrap = values.bootstrap?.flatMap((list) => list.split(','))
const options = bootstrap ? { network: { bootstrap } } : {}

async function readLine(): Promise<string> {
  for await (const line of createInterface({ input: process.stdin })) return line
  return ''
}

const given = code === '-' ? await readLine() : code
console.error('Waiting for the album to answer')
const album = await Album.join(folder, given, { ...options, member: values.name }).catch((error: unknown) => {
  if (!(error instanceof AlbumError) || error.code !== 'ALBUM_EXISTS') throw error
  return Album.open(folder, options)
})

console.error(`This is "${album.name}"`)
for await (const { status, photo, error } of album.addAll(files)) {
  console.error(error ? error.message : `${status}: ${photo?.name}`)
}
await album.settled()

// As `| head` does: nobody reads any more, and all else is done.
process.stdout.on('error', () => process.exit(141))
for await (const photo of album.list()) {
  console.log(`${photo.capturedAt.local.slice(0, 16)}  ${photo.by.name}  ${photo.name}`)
}
await album.close()
