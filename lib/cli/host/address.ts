import { createHash, randomBytes } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'

/** Where the process that has an album open listens, and the word by which it knows its own user. */
export interface Address {
  path: string
  token: string
}

// `sun_path` of sockaddr_un has 108 bytes on Linux, 104 on macOS, the final zero among them.
const MAX_SOCKET_PATH = 103

/** The file that says where to knock. Only its user may read it. */
function noteOf(folder: string): string {
  return path.join(folder, 'cli', 'address.json')
}

/** Makes room for a socket, and says where; whoever calls this has the album's lock. */
export async function makeAddress(folder: string): Promise<Address> {
  const own = path.dirname(noteOf(folder))
  await privateFolder(own)
  const token = randomBytes(32).toString('hex')
  let socket = path.join(own, 'socket')
  if (process.platform === 'win32') socket = `\\\\.\\pipe\\hyperalbum-${randomBytes(16).toString('hex')}`
  else if (Buffer.byteLength(socket) > MAX_SOCKET_PATH) {
    const name = createHash('sha256').update(folder).digest('hex').slice(0, 32)
    const shared = path.join(os.tmpdir(), `hyperalbum-${process.getuid?.() ?? ''}`)
    await privateFolder(shared)
    socket = path.join(shared, name)
  }
  if (process.platform !== 'win32') await fs.promises.rm(socket, { force: true })
  return { path: socket, token }
}

/** Says where to knock, once somebody answers there. */
export async function publish(folder: string, address: Address): Promise<void> {
  const note = noteOf(folder)
  const draft = `${note}.new`
  await fs.promises.rm(draft, { force: true })
  await fs.promises.writeFile(draft, JSON.stringify(address), { mode: 0o600, flag: 'wx' })
  await fs.promises.rename(draft, note)
}

export async function unpublish(folder: string): Promise<void> {
  await fs.promises.rm(noteOf(folder), { force: true })
}

/** Where to knock; null where nobody said. */
export async function readAddress(folder: string): Promise<Address | null> {
  try {
    return JSON.parse(await fs.promises.readFile(noteOf(folder), 'utf8')) as Address
  } catch {
    return null
  }
}

/** A folder that nobody else may enter; throws where somebody else made it. */
async function privateFolder(folder: string): Promise<void> {
  await fs.promises.mkdir(folder, { recursive: true, mode: 0o700 })
  const { uid, mode } = await fs.promises.lstat(folder)
  if (process.getuid && uid !== process.getuid()) throw new Error(`${folder} belongs to somebody else`)
  if (process.platform !== 'win32' && mode & 0o077) await fs.promises.chmod(folder, 0o700)
}
