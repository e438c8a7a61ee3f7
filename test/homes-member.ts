// A member's device as a process of its own, told what to do line by line: `homes-member.ts FOLDER BOOTSTRAP`, then a line
// of JSON for each thing to do, answered by one.
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import { createInterface } from 'node:readline'
import { Album } from '../index.ts'
import { collect, eventually, jpegLike, readAll } from './helpers.ts'

const [folder = '', bootstrap = ''] = process.argv.slice(2)
const network = { bootstrap: bootstrap.split(',') }

export interface Asked {
  create: { member: string; device: string }
  join: { code: string; member: string; device: string }
  open: object
  invite: { role: 'contributor' | 'mirror' }
  /** A file, or so many random bytes. */
  add: { file?: string; bytes?: number }
  edit: { id: string; caption: string }
  caption: { id: string }
  /** Resolves when the album has so many photos here. */
  photos: { count: number }
  /** The bytes of a variant that came, once they can be had. */
  read: { id: string; variant: 'original' | 'thumbnail' }
  /** Reads a photo that others have as it comes. */
  stream: { id: string }
  /** Resolves when a device of this name holds the photo whole. */
  held: { id: string; device: string }
  peers: object
  /** A code for a blind mirror. */
  blind: object
  /** Resolves when the blind mirror has all that this device has of its own, and lets in whom it should. */
  left: object
  /** Blind mirrors that are connected. */
  blinds: object
  /** Removes the device of this name. */
  remove: { device: string }
  /** How many photos there are, after so many milliseconds. */
  count: { after: number }
  /** Resolves when just these devices are connected. */
  online: { devices: string[] }
  close: object
}

/** How a photo came: whether whole, for how many milliseconds it stood still at most, and how many it took. */
export interface Streamed {
  right: boolean
  longest: number
  ms: number
}

let album: Album

const does: { [What in keyof Asked]: (asked: Asked[What]) => Promise<unknown> } = {
  async create(names) {
    album = await Album.create(folder, { name: 'Our family', ...names, network })
    return album.id
  },
  async join({ code, ...names }) {
    album = await Album.join(folder, code, { ...names, network, timeout: 60_000 })
    return album.id
  },
  async open() {
    album = await Album.open(folder, { network })
    return album.id
  },
  async invite({ role }) {
    return (await album.invites.create({ role })).code
  },
  async add({ file, bytes = 0 }) {
    return (await album.add(file === undefined ? jpegLike(bytes) : fs.readFileSync(file))).id
  },
  async edit({ id, caption }) {
    return (await album.edit(id, { caption })).caption
  },
  async caption({ id }) {
    return (await album.get(id))?.caption
  },
  photos({ count }) {
    return eventually(async () => (await album.status()).photos === count, 60_000)
  },
  read({ id, variant }) {
    const read = async (): Promise<number> => {
      if (variant === 'original') return (await readAll(album, { id })).byteLength
      return Buffer.concat(await collect(album.read(id, { variant }))).byteLength
    }
    return eventually(() => read().catch(() => 0), 60_000)
  },
  async stream({ id }): Promise<Streamed> {
    const hash = createHash('sha256')
    const started = Date.now()
    let [before, longest] = [started, 0]
    for await (const chunk of album.read(id)) {
      hash.update(chunk)
      longest = Math.max(longest, Date.now() - before)
      before = Date.now()
    }
    return { right: hash.digest('hex') === id, longest, ms: before - started }
  },
  held({ id, device }) {
    const isHeld = async (): Promise<boolean> =>
      (await album.copies.of(id)).some(
        (one) => one.device.name === device && one.variants.includes('original')
      )
    return eventually(isHeld, 60_000)
  },
  async peers() {
    return (await album.status()).peers.map(({ device }) => device)
  },
  async blind() {
    return (await album.blindMirrors.create({ name: 'attic' })).code
  },
  left() {
    const isLeft = async (): Promise<boolean | undefined> => {
      const [mirror] = await album.blindMirrors.list()
      return mirror?.lacking === 0 && mirror.current === true
    }
    return eventually(isLeft, 90_000)
  },
  async blinds() {
    return (await album.status()).blindMirrors
  },
  async remove({ device }) {
    const devices = (await album.members.list()).flatMap((member) => member.devices)
    await album.members.removeDevice(devices.find(({ name }) => name === device)?.id ?? '')
    return true
  },
  async count({ after }) {
    await new Promise((resolve) => setTimeout(resolve, after))
    return (await album.status()).photos
  },
  online({ devices }) {
    const wanted = [...devices].sort().join()
    const there = async (): Promise<boolean> =>
      (await album.status()).peers
        .map(({ device }) => device)
        .sort()
        .join() === wanted
    return eventually(there, 90_000)
  },
  async close() {
    await album.close()
    return true
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const { what, ...asked } = JSON.parse(line) as { what: keyof Asked }
  try {
    const answer = await does[what](asked as never)
    process.stdout.write(JSON.stringify({ answer }) + '\n')
  } catch (error) {
    process.stdout.write(JSON.stringify({ error: String(error) }) + '\n')
  }
}
process.exit()
