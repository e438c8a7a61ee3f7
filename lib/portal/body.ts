import { AlbumError } from '../errors.ts'
import { PortalError } from './answers.ts'

const MOST_BYTES = 256 * 1024
const MOST_DEPTH = 6
// Milliseconds in which it must have come.
const DEADLINE = 20_000
/** Ids, or hashes, in one request. */
export const MOST_IDS = 1000

const HASH = /^[0-9a-f]{64}$/
const ID = /^[0-9a-f]{32,64}$/

/** An id of a photo or file: the only thing out of a URL or body that names one. */
export function isHash(text: unknown): text is string {
  return typeof text === 'string' && HASH.test(text)
}

/** An id of a member, device, collection, invite, request or link. */
export function isId(text: unknown): text is string {
  return typeof text === 'string' && ID.test(text)
}

/** What a request says in JSON: bounded, and checked as it is read. */
export class Body {
  readonly #fields: Record<string, unknown>

  constructor(value: unknown) {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw wrong('The body', 'an object')
    this.#fields = value as Record<string, unknown>
  }

  static async read(request: Request): Promise<Body> {
    const text = new TextDecoder().decode(await readBounded(request))
    if (text === '') return new Body({})
    let value: unknown
    try {
      value = JSON.parse(text)
    } catch {
      throw wrong('The body', 'JSON')
    }
    if (!isShallow(value, MOST_DEPTH)) throw wrong('The body', 'less deep')
    return new Body(value)
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#fields, name) && this.#fields[name] !== null
  }

  isText(name: string): boolean {
    return typeof this.#get(name) === 'string'
  }

  #get(name: string): unknown {
    return this.has(name) ? this.#fields[name] : undefined
  }

  /** A text; what it may be exactly, the album knows. */
  text(name: string): string | undefined {
    const value = this.#get(name)
    if (value !== undefined && typeof value !== 'string') throw wrong(name, 'a text')
    return value
  }

  texts(name: string): string[] | undefined {
    const value = this.#get(name)
    if (value === undefined) return undefined
    if (!Array.isArray(value) || value.length > MOST_IDS || !value.every((one) => typeof one === 'string')) {
      throw wrong(name, 'a list of texts')
    }
    return value as string[]
  }

  number(name: string): number | undefined {
    const value = this.#get(name)
    if (value !== undefined && !Number.isFinite(value)) throw wrong(name, 'a number')
    return value as number | undefined
  }

  flag(name: string): boolean | undefined {
    const value = this.#get(name)
    if (value !== undefined && typeof value !== 'boolean') throw wrong(name, 'true or false')
    return value
  }

  oneOf<const T extends string>(name: string, choices: readonly T[]): T | undefined {
    const value = this.text(name)
    if (value === undefined) return undefined
    const found = choices.find((choice) => choice === value)
    if (found === undefined) throw wrong(name, choices.join(', '))
    return found
  }

  id(name: string): string {
    const value = this.#get(name)
    if (!isId(value)) throw wrong(name, 'an id')
    return value
  }

  /** Ids of photos, or hashes of files. */
  hashes(name: string): string[] {
    const value = this.texts(name)
    if (value === undefined || !value.every(isHash)) throw wrong(name, `a list of up to ${MOST_IDS} ids`)
    return value
  }

  /** An object inside. */
  inside(name: string): Body {
    return new Body(this.#get(name))
  }
}

function wrong(name: string, what: string): AlbumError {
  return new AlbumError('BAD_ARGUMENT', `${name} is not ${what}`)
}

async function readBounded(request: Request): Promise<Uint8Array> {
  if (request.body === null) return new Uint8Array(0)
  const reader = request.body.getReader()
  const late = setTimeout(() => void reader.cancel().catch(() => {}), DEADLINE)
  const chunks: Uint8Array[] = []
  let bytes = 0
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      bytes += next.value.byteLength
      if (bytes > MOST_BYTES) throw new PortalError(413, 'TOO_LARGE', 'The body is too large')
      chunks.push(next.value)
    }
  } finally {
    clearTimeout(late)
    await reader.cancel().catch(() => {})
  }
  return Buffer.concat(chunks)
}

function isShallow(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true
  return depth > 0 && Object.values(value).every((one) => isShallow(one, depth - 1))
}
