// A process of the pool (see pool.ts): decodes what it is given, one job at a time, with no secrets around it. It ends
// when its parent does.
import type { Serializable } from 'node:child_process'
import { AlbumError } from '../../errors.ts'
import type { Examined } from '../engine.ts'
import { type Input, openInput } from '../renditions/input.ts'
import type { Job, Reply, Task } from './jobs.ts'
import { Watchdog } from './watchdog.ts'

// The pool replaces a process that keeps more than a part of this; beyond it something is wrong with the file.
const MOST_MEMORY = 560 * 1024 * 1024

const watchdog = new Watchdog(MOST_MEMORY)

async function examine({ source, type, frame }: Job): Promise<Examined> {
  const input = await openInput(source)
  try {
    const facts = await factsOf(input, type)
    // Loaded here, so that a machine without its native part hears why.
    const { makeRenditions } = await import('../renditions/renditions.ts')
    return { facts, ...(await makeRenditions(input, type, frame)) }
  } finally {
    await input.close()
  }
}

/** The place of `readFacts` (lib/media/facts.ts): the metadata is read here, beside the pixels. */
async function factsOf(_input: Input, _type: string): Promise<unknown> {
  return null
}

async function run({ job, limit }: Task): Promise<Reply> {
  watchdog.watch(limit)
  try {
    const result = await examine(job)
    return { result, failure: null, tainted: false, memory: process.memoryUsage.rss() }
  } catch (error) {
    // A decoder that says what is wrong with a file can go on; one that trapped, or threw what is no Error, as wasm
    // does, may have left anything behind.
    const known = error instanceof AlbumError
    const refused = error instanceof Error && error.name === 'Error'
    const message = error instanceof Error ? error.message : `The decoder stopped (${String(error)})`
    const failure = { code: known ? error.code : ('MEDIA_FAILED' as const), message: message.slice(0, 300) }
    return { result: null, failure, tainted: !known && !refused, memory: process.memoryUsage.rss() }
  } finally {
    watchdog.rest()
  }
}

process.on('message', (task: Task) => {
  // Advanced serialization carries bytes as they are; its type in Node says JSON.
  void run(task).then((reply) => process.send?.(reply as unknown as Serializable))
})
// Not `exit`, which waits for a read or a decode that may never end.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))
