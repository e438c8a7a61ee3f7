// A worker: the SHA-256 of files, by WebAssembly, since on the home network there is no WebCrypto (plain HTTP).
import { createSHA256 } from 'hash-wasm'

const PART = 4 * 1024 * 1024

interface Ask {
  key: number
  file: File
}

// The page's types know no worker's global.
const worker = globalThis as unknown as {
  onmessage: (event: MessageEvent<Ask>) => void
  postMessage: (answer: { key: number; sha256: string | null }) => void
}

let turn: Promise<void> = Promise.resolve()

worker.onmessage = ({ data: { key, file } }) => {
  turn = turn.then(async () => {
    const sha256 = await hash(file).catch(() => null)
    worker.postMessage({ key, sha256 })
  })
}

async function hash(file: File): Promise<string> {
  const sha256 = await createSHA256()
  for (let at = 0; at < file.size; at += PART) {
    sha256.update(new Uint8Array(await file.slice(at, at + PART).arrayBuffer()))
  }
  return sha256.digest('hex')
}
