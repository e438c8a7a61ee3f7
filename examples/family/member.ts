// One member of the family, in a process of its own: does what the demo says, and answers.
import { Album, AlbumError, type AddResult, type Status } from '../../index.ts'
import { type View, look, readAll } from './compare.ts'
import { print } from './print.ts'

/** What became of the files given to one member. */
export interface Added {
  /** Ids of the photos, also of those that were in the album already. */
  photos: string[]
  /** Files that are no photos: a line each. */
  refused: string[]
}

/** What a member can be told to do. */
export interface Commands {
  create(): Promise<void>
  /** Resolves to the code. */
  invite(): Promise<string>
  join(code: string): Promise<void>
  open(): Promise<void>
  add(files: string[]): Promise<Added>
  status(): Promise<Status>
  /** Reads photos; resolves to what went wrong. */
  read(ids: string[]): Promise<string[]>
  look(): Promise<View>
  print(): Promise<void>
  /** Closes the album; the process ends by itself. */
  close(): Promise<void>
}

/** A command on its way, and its answer. */
export interface Request {
  id: number
  command: keyof Commands
  args: unknown[]
}
export interface Answer {
  id: number
  value?: unknown
  error?: string
}

const [name = '', folder = '', ...bootstrap] = process.argv.slice(2)
// Nothing is fetched in the background: what is read has to come from the others at that moment.
const options = { network: { bootstrap }, keep: [] }
let opened: Album | null = null
let ended = false

function album(): Album {
  if (opened === null) throw new Error('The album is not open')
  return opened
}

function use(given: Album): void {
  opened = given
  given.on('warning', (error) => console.error(`${name}: ${error.message}`))
}

const commands: Commands = {
  async create() {
    use(await Album.create(folder, { name: 'Our family', member: name, ...options }))
  },
  async invite() {
    const { code } = await album().invites.create({ role: 'contributor' })
    return code
  },
  async join(code) {
    use(await Album.join(folder, code, { member: name, ...options, timeout: 20_000 }))
  },
  async open() {
    use(await Album.open(folder, options))
  },
  async add(files) {
    const result: Added = { photos: [], refused: [] }
    for await (const one of album().addAll(files)) sort(one, result)
    return result
  },
  status: async () => album().status(),
  read: async (ids) => readAll(album(), name, ids),
  look: async () => look(album(), name),
  print: async () => print(album(), name),
  async close() {
    await opened?.close()
  }
}

// A folder of photos holds other files too; anything else that goes wrong is trouble.
function sort({ photo, error }: AddResult, { photos, refused }: Added): void {
  if (photo) photos.push(photo.id)
  else if (error instanceof AlbumError && ['UNSUPPORTED_FILE', 'FILE_EMPTY'].includes(error.code)) {
    refused.push(error.message)
  } else throw error ?? new Error('A photo was added and is not there')
}

async function obey({ id, command, args }: Request): Promise<void> {
  const run = commands[command] as (...args: unknown[]) => Promise<unknown>
  const answer: Answer = await run(...args).then(
    (value) => ({ id, value }),
    (error: unknown) => ({ id, error: error instanceof Error ? error.message : String(error) })
  )
  ended = command === 'close'
  process.send?.(answer)
  if (ended) process.disconnect()
}

process.on('message', (request: Request) => void obey(request))
// The demo is gone: nobody is left to stay for.
process.on('disconnect', () => ended || process.exit(1))
// Whoever reads may have seen enough, as in `npm start | head`.
process.stdout.on('error', () => {})
// Ctrl-C reaches every process of a terminal: the demo ends its members itself.
process.on('SIGINT', () => {})
