// Asks the worker for hashes.

/** The worker's file: `build.ts` knows its name. */
declare const HASHER: string

const waiting = new Map<number, (sha256: string | null) => void>()
let worker: Worker | null = null
let last = 0

/** A file's SHA-256 in hex; null where it could not be read, or the browser runs no such worker. */
export function hashOf(file: File): Promise<string | null> {
  worker ??= start()
  return new Promise((resolve) => {
    if (!worker) return resolve(null)
    const key = ++last
    waiting.set(key, resolve)
    worker.postMessage({ key, file })
  })
}

function start(): Worker | null {
  try {
    const made = new Worker(new URL(HASHER, import.meta.url), { type: 'module' })
    made.onmessage = ({ data }: MessageEvent<{ key: number; sha256: string | null }>) => {
      waiting.get(data.key)?.(data.sha256)
      waiting.delete(data.key)
    }
    made.onerror = () => {
      for (const resolve of waiting.values()) resolve(null)
      waiting.clear()
      worker = null
    }
    return made
  } catch {
    return null
  }
}
