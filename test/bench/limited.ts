import fs from 'node:fs'
import path from 'node:path'
import type { Host } from '../homes.ts'

// Where Linux has the groups of processes that share a limit of memory: version 1, and version 2.
const PLACES = [
  { folder: '/sys/fs/cgroup/memory', limit: 'memory.limit_in_bytes' },
  { folder: '/sys/fs/cgroup', limit: 'memory.max' }
]

/** A limit of memory for processes that a benchmark starts; their share of the page cache counts, as on a small machine. */
export interface Limit {
  /** What to start a program with: it is given the program and its arguments. Empty where there is no limit. */
  prefix: Host['prefix']
  /** How it is limited, to be told with the numbers. */
  how: string
  /** Call when the processes have ended. */
  end: () => void
}

/** Limits processes to so many bytes by a control group of their own, which takes root; says so where that fails. */
export function limitTo(bytes: number): Limit {
  for (const { folder, limit } of PLACES) {
    const group = path.join(folder, ownGroup(), `hyperalbum-bench-${process.pid}`)
    try {
      fs.mkdirSync(group)
    } catch {
      continue
    }
    const end = (): void => fs.rmdirSync(group)
    try {
      fs.writeFileSync(path.join(group, limit), String(bytes))
      const enter = 'echo $$ > "$1" && shift && exec "$@"'
      return {
        prefix: ['sh', '-c', enter, 'sh', path.join(group, 'cgroup.procs')],
        how: `under ${limit} ${Math.round(bytes / 1e6)} MB`,
        end
      }
    } catch {
      end()
    }
  }
  return { prefix: ['env'], how: 'without a limit: control groups cannot be had', end: () => {} }
}

/** The group that limits this process, so that its limits go on counting. */
function ownGroup(): string {
  const lines = fs.readFileSync('/proc/self/cgroup', 'utf8').split('\n')
  const line =
    lines.find((one) => one.split(':')[1] === 'memory') ?? lines.find((one) => one.startsWith('0::'))
  return line?.split(':')[2] ?? '/'
}
