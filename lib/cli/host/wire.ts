import type net from 'node:net'
import { StringDecoder } from 'node:string_decoder'

// What two processes of one person say to each other over a local socket: one JSON object a line.

/** What the process that was started asks of the one that has the album. */
export type Question =
  | { run: { token: string; argv: string[]; cwd: string; columns: number | null; colour: boolean } }
  | { input: string | null }
  | { answer: string | null }

/** What comes back. Bytes are in base64. */
export type Answer =
  /** The command runs. */
  | { begun: true }
  | { out: string }
  | { bytes: string }
  | { err: string }
  /** More of the standard input is wanted. */
  | { want: 'input' }
  | { ask: string; hidden?: boolean }
  | { exit: number }

// A command line is shorter: Linux allows 2 MB, others less. What is piped in comes in pieces.
const MAX_LINE = 4 * 1024 * 1024

/** Sends and receives the lines of a socket. */
export class Wire<Sent, Received> {
  readonly #socket: net.Socket

  constructor(socket: net.Socket) {
    this.#socket = socket
  }

  /** Calls `ontold` with each object, one after the other; what is no such line ends the connection. */
  listen(ontold: (told: Received) => Promise<void> | void): void {
    const decoder = new StringDecoder('utf8')
    let rest = ''
    let turn: Promise<void> = Promise.resolve()
    this.#socket.on('data', (chunk: Uint8Array) => {
      const lines = (rest + decoder.write(chunk as Buffer)).split('\n')
      rest = lines.pop() ?? ''
      if (rest.length > MAX_LINE) this.#socket.destroy()
      // No more is read before this is dealt with, so that neither side fills the other's memory.
      this.#socket.pause()
      turn = turn
        .then(async () => {
          for (const line of lines) await ontold(JSON.parse(line) as Received)
          this.#socket.resume()
        })
        .catch(() => void this.#socket.destroy())
    })
  }

  /** Resolves when more may be sent. */
  async send(told: Sent): Promise<void> {
    if (this.#socket.destroyed) return
    if (this.#socket.write(`${JSON.stringify(told)}\n`)) return
    await new Promise<void>((resolve) => {
      const done = (): void => {
        this.#socket.off('drain', done)
        this.#socket.off('close', done)
        resolve()
      }
      this.#socket.on('drain', done)
      this.#socket.on('close', done)
    })
  }
}
