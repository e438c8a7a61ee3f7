// A process of the pool (see pool.ts): looks at what it is given, one job at a time, with no secrets around it. It ends
// when its parent does.
import type { Serializable } from 'node:child_process'
import { AlbumError } from '../../errors.ts'
import type { Examined } from '../engine.ts'
import { type Facts, readFacts } from '../facts/facts.ts'
import { type OpenFile, openSource } from '../file.ts'
import type { Renditions } from '../renditions/renditions.ts'
import { type Job, READY, type Reply, type Task } from './jobs.ts'
import { Watchdog } from './watchdog.ts'

// The pool replaces a process that keeps more than a part of this; beyond it something is wrong with the file.
const MOST_MEMORY = 560 * 1024 * 1024
const MOST_TEXT = 300

const watchdog = new Watchdog(MOST_MEMORY)

type Answer = Pick<Reply, 'result' | 'tainted'>

async function examine(job: Job): Promise<Answer> {
  const file = await openSource(job.source)
  try {
    const facts = await readFacts(file, job.type, job.beside)
    if (!job.renditions) return { result: resultOf(facts, null, null), tainted: false }
    return await depict(job, file, facts)
  } finally {
    await file.close()
  }
}

/** Adds the pictures; where there can be none, the facts still count. */
async function depict({ source, type, frame }: Job, file: OpenFile, facts: Facts): Promise<Answer> {
  try {
    // Loaded here, so that a machine without its native part hears why, and facts alone cost no decoder.
    const { makeRenditions, neutralPlaceholder } = await import('../renditions/renditions.ts')
    const made = await makeRenditions({ source, file }, type, frame)
    const placeholder = made.placeholder ?? neutralPlaceholder(facts.width, facts.height)
    return { result: resultOf(facts, { ...made, placeholder }, null), tainted: false }
  } catch (error) {
    // Nothing is wrong with a video whose frame is not a picture.
    const failure = frame === null ? textOf(error) : null
    return { result: resultOf(facts, null, failure), tainted: taints(error) }
  }
}

function resultOf(facts: Facts, made: Renditions | null, failure: string | null): Examined {
  const { thumbnail = null, preview = null, placeholder = null, damaged = false } = made ?? {}
  const { width, height } = facts.width === null && made ? made : facts
  // Strange metadata around a picture that is whole is no damage. A frame has no size: it is not the video itself.
  const decoded = made !== null && made.width !== null
  return {
    facts: { ...facts, width, height },
    thumbnail,
    preview,
    placeholder,
    damaged: failure !== null || (decoded ? damaged : facts.damaged),
    failure
  }
}

async function run({ job, limit }: Task): Promise<Reply> {
  watchdog.watch(limit)
  const memory = (): number => process.memoryUsage.rss()
  try {
    return { ...(await examine(job)), error: null, memory: memory() }
  } catch (error) {
    const code = error instanceof AlbumError ? error.code : ('MEDIA_FAILED' as const)
    return { result: null, error: { code, message: textOf(error) }, tainted: taints(error), memory: memory() }
  } finally {
    watchdog.rest()
  }
}

/**
 * A decoder that says what is wrong with a file can go on; one that trapped, or threw what is no Error, as wasm does,
 * may have left anything behind.
 */
function taints(error: unknown): boolean {
  const refused = error instanceof Error && error.name === 'Error'
  return !refused && !(error instanceof AlbumError)
}

function textOf(error: unknown): string {
  const text = error instanceof Error ? error.message : `The decoder stopped (${String(error)})`
  return text.slice(0, MOST_TEXT)
}

process.on('message', (task: Task) => {
  // Advanced serialization carries bytes as they are; its type in Node says JSON.
  void run(task).then((reply) => process.send?.(reply as unknown as Serializable))
})
// Not `exit`, which waits for a read or a decode that may never end.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))
process.send?.(READY)
