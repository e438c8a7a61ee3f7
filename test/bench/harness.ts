import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'

/** What one measurement has to reach. */
export interface Target {
  /** The ratio's lowest or highest allowed value. */
  atLeast?: number
  atMost?: number
}

/** One line of the table: ours against the limit that was measured in the same run. */
export interface Row {
  what: string
  ours: string
  /** What the bare parts did; empty where there is nothing to compare with. */
  limit: string
  /** Null where the row is a report only. */
  ratio: number | null
  target: Target | null
}

export interface Context {
  /** Everything at a scale that only shows that it works. */
  quick: boolean
  /** A new empty folder, gone after the benchmark. */
  folder: () => string
  /** Tells what goes on, on standard error. */
  note: (text: string) => void
}

export interface Benchmark {
  name: string
  run(context: Context): Promise<Row[]>
}

/** Runs a benchmark and removes its files. */
export async function runBenchmark(benchmark: Benchmark, quick: boolean): Promise<Row[]> {
  const folders: string[] = []
  try {
    return await benchmark.run({
      quick,
      folder: () => {
        const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hyperalbum-bench-'))
        folders.push(folder)
        return folder
      },
      note: (text) => console.error(`  ${benchmark.name}: ${text}`)
    })
  } finally {
    for (const folder of folders) fs.rmSync(folder, { recursive: true, force: true })
  }
}

/** Milliseconds that a task took, and what it gave. */
export async function timed<T>(task: () => Promise<T>): Promise<{ ms: number; value: T }> {
  const started = performance.now()
  const value = await task()
  return { ms: performance.now() - started, value }
}

export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? 0
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2
}

/** Fails where there is too little room: a full disk would measure something else. */
export function needDisk(bytes: number): void {
  const { bavail, bsize } = fs.statfsSync(os.tmpdir())
  if (bavail * bsize < bytes * 1.2)
    throw new Error(`Needs ${megabytes(bytes)} of free disk in ${os.tmpdir()}`)
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 10e6 ? 2 : 0)} MB`
}

export function milliseconds(ms: number): string {
  return ms < 10 ? `${ms.toFixed(2)} ms` : ms < 10_000 ? `${ms.toFixed(0)} ms` : `${(ms / 1000).toFixed(1)} s`
}

/** `pass`, `miss`, or `report` where nothing is asked. */
export function verdict({ ratio, target }: Row): string {
  if (target === null || ratio === null) return 'report'
  const { atLeast = -Infinity, atMost = Infinity } = target
  return ratio >= atLeast && ratio <= atMost ? 'pass' : 'miss'
}

/** The rows as a Markdown table, aligned for a terminal too. */
export function table(rows: Row[]): string {
  const cells = rows.map((row) => [
    row.what,
    row.ours,
    row.limit,
    row.ratio === null ? '' : row.ratio.toFixed(2),
    row.target?.atLeast ? `>= ${row.target.atLeast}` : row.target?.atMost ? `<= ${row.target.atMost}` : '',
    verdict(row)
  ])
  const head = ['measured', 'ours', 'limit', 'ratio', 'target', '']
  const widths = head.map((title, i) => Math.max(title.length, ...cells.map((line) => line[i]?.length ?? 0)))
  const line = (texts: string[]): string =>
    `| ${texts.map((text, i) => text.padEnd(widths[i] ?? 0)).join(' | ')} |`
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...cells.map(line)].join('\n')
}

/** Takes rows that are reported and held to no limit, and tells each as soon as it is known. */
export function reporter(
  rows: Row[],
  note: Context['note']
): (what: string, ours: string, limit?: string, ratio?: number | null) => void {
  return (what, ours, limit = '', ratio = null) => {
    note(`${what}: ${ours}${limit && ` (${limit})`}`)
    rows.push({ what, ours, limit, ratio, target: null })
  }
}
