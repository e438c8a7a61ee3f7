import { createHash, timingSafeEqual } from 'node:crypto'
import fs from 'node:fs'
import net from 'node:net'
import type { Terminal } from '../terminal.ts'
import { type Address, makeAddress, publish, unpublish } from './address.ts'
import { type Answer, type Question, Wire } from './wire.ts'

// A guest that does not say in this time what it wants is none.
const PATIENCE = 5000

/** Runs a command line here, for a terminal elsewhere; answers its exit code. */
export type RunHere = (argv: string[], terminal: Terminal) => Promise<number>

/**
 * Takes commands from other processes of the same user while this one has the album open: an album's folder has one
 * process. Each runs here as it was typed there, with that terminal's width, colours, input and Ctrl-C.
 */
export class Host {
  readonly #server: net.Server
  readonly #folder: string
  readonly #guests: Map<net.Socket, Promise<void>> = new Map()
  /** Those that have not said yet what they want. */
  readonly #strangers: Set<net.Socket> = new Set()
  #closing = false

  private constructor(server: net.Server, folder: string) {
    this.#server = server
    this.#folder = folder
  }

  static async listen(folder: string, run: RunHere): Promise<Host> {
    const address = await makeAddress(folder)
    const server = net.createServer()
    try {
      await new Promise<void>((resolve, reject) => {
        // It stays: a later failure to accept somebody ends nothing else.
        server.on('error', reject)
        server.listen(address.path, resolve)
      })
      if (process.platform !== 'win32') await fs.promises.chmod(address.path, 0o600)
      const host = new Host(server, folder)
      server.on('connection', (socket) => host.#meet(socket, address, run))
      await publish(folder, address)
      return host
    } catch (error) {
      server.close()
      throw error
    }
  }

  /** Commands of others that run here. */
  get guests(): number {
    return this.#guests.size
  }

  /** Ends when nobody is there any more: until then others are let in. Where `signal` aborts, those that are there end. */
  async close(signal: AbortSignal): Promise<void> {
    const end = (): void => {
      this.#closing = true
      for (const socket of this.#guests.keys()) socket.destroy()
    }
    signal.addEventListener('abort', end)
    if (signal.aborted) end()
    while (this.#guests.size > 0) await Promise.all(this.#guests.values())
    signal.removeEventListener('abort', end)
    // Who comes from now on is not begun, and opens the album itself.
    this.#closing = true
    for (const socket of this.#strangers) socket.destroy()
    await unpublish(this.#folder)
    this.#server.close()
  }

  #meet(socket: net.Socket, address: Address, run: RunHere): void {
    if (this.#closing) return void socket.destroy()
    this.#strangers.add(socket)
    const wire = new Wire<Answer, Question>(socket)
    const guest = new Guest(wire, socket)
    const timer = setTimeout(() => socket.destroy(), PATIENCE)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      clearTimeout(timer)
      this.#strangers.delete(socket)
    })
    wire.listen((question) => {
      if (guest.told(question)) return
      const stranger = this.#strangers.delete(socket)
      if (!('run' in question) || !stranger || !same(question.run.token, address.token)) {
        return void socket.destroy()
      }
      clearTimeout(timer)
      void wire.send({ begun: true })
      const { argv, cwd, columns, colour } = question.run
      const running = run(argv, guest.terminal(cwd, columns, colour))
        .then((exit) => wire.send({ exit }))
        .catch(() => {})
        .finally(() => {
          socket.end()
          this.#guests.delete(socket)
        })
      this.#guests.set(socket, running)
    })
  }
}

/** The other side of a socket, as a terminal. */
class Guest {
  readonly #wire: Wire<Answer, Question>
  readonly #gone = new AbortController()
  readonly #waiting: ((text: string | null) => void)[] = []

  constructor(wire: Wire<Answer, Question>, socket: net.Socket) {
    this.#wire = wire
    // The process there ended, by Ctrl-C or otherwise.
    socket.on('close', () => {
      this.#gone.abort()
      for (const answer of this.#waiting.splice(0)) answer(null)
    })
  }

  /** Whether it was the answer to a question. */
  told(question: Question): boolean {
    if ('run' in question) return false
    this.#waiting.shift()?.('input' in question ? question.input : question.answer)
    return true
  }

  terminal(cwd: string, columns: number | null, colour: boolean): Terminal {
    const ask = (answer: Answer): Promise<string | null> => this.#ask(answer)
    return {
      cwd,
      columns,
      colour,
      signal: this.#gone.signal,
      out: (data) =>
        this.#wire.send(
          typeof data === 'string' ? { out: data } : { bytes: Buffer.from(data).toString('base64') }
        ),
      err: (err) => void this.#wire.send({ err }),
      async *input() {
        for (;;) {
          const bytes = await ask({ want: 'input' })
          if (bytes === null) return
          yield Buffer.from(bytes, 'base64')
        }
      },
      ask: (question) => ask({ ask: question }),
      askHidden: (question) => ask({ ask: question, hidden: true })
    }
  }

  async #ask(answer: Answer): Promise<string | null> {
    if (this.#gone.signal.aborted) return null
    const answered = new Promise<string | null>((resolve) => this.#waiting.push(resolve))
    await this.#wire.send(answer)
    return answered
  }
}

/** Compares without telling by its time how much is alike. */
function same(given: unknown, token: string): boolean {
  const hash = (text: string): Uint8Array => createHash('sha256').update(text).digest()
  return typeof given === 'string' && timingSafeEqual(hash(given), hash(token))
}
