// Invites somebody to the album in a folder, which is made where there is none, and stays online: tells who joins and
// what they add. Only the code goes to standard output. `--once` ends when the invited have come and gone.
import { parseArgs } from 'node:util'
import { Album, AlbumError } from '../index.ts'

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { once: { type: 'boolean' }, bootstrap: { type: 'string', multiple: true } }
})
const [folder = './album'] = positionals
// The public DHT unless told.
const bootstrap = values.bootstrap?.flatMap((list) => list.split(','))
// Fetches what others add, so that it is on two devices.
const options = { keep: ['original' as const], ...(bootstrap && { network: { bootstrap } }) }

const album = await Album.open(folder, options).catch((error: unknown) => {
  if (!(error instanceof AlbumError) || error.code !== 'NOT_AN_ALBUM') throw error
  return Album.create(folder, { ...options, name: 'Our family', member: 'Dad' })
})
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void album.close())

const before = new Set((await album.members.list()).map(({ id }) => id))
const joined = new Set<string>()
const met = new Set<string>()

async function look(): Promise<void> {
  for (const { id, name, role } of await album.members.list()) {
    if (before.has(id) || joined.has(id)) continue
    joined.add(id)
    console.error(`${name} has joined as ${role}`)
  }
  const { peers } = await album.status()
  for (const { memberId } of peers) if (joined.has(memberId)) met.add(memberId)
  if (values.once && met.size > 0 && peers.length === 0) await album.close()
}

for (const event of ['members', 'peers'] as const) {
  album.on(event, () => void look().catch((error: Error) => album.closed || console.error(error.message)))
}

const invite = await album.invites.create({ role: 'contributor' })
console.log(invite.code)
console.error(`"${album.name}" waits for somebody to join with this code; Ctrl-C ends it`)

// Ends when the album is closed.
for await (const { type, photo } of album.watch()) {
  if (photo) console.error(`${type}: ${photo.name}, by ${photo.by.name}`)
}
