// Measures what the library costs against the parts it stands on: `npm run bench -- [names...] [--quick] [--json FILE]`.
// Nothing is asserted and the exit code is 0: a slow machine is no error.
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type Benchmark, type Row, runBenchmark, table, verdict } from './harness.ts'
import { adding } from './adding.ts'
import { dropping } from './dropping.ts'
import { importing } from './importing.ts'
import { indexing } from './indexing.ts'
import { joining } from './joining.ts'
import { media } from './media.ts'
import { memory } from './memory.ts'
import { merging } from './merging.ts'
import { mirror } from './mirror.ts'
import { page } from './page.ts'
import { paging } from './paging.ts'
import { portal } from './portal.ts'
import { renditions } from './renditions.ts'
import { scale } from './scale.ts'
import { starting } from './starting.ts'

const benchmarks: Benchmark[] = [
  adding,
  importing,
  indexing,
  paging,
  joining,
  merging,
  memory,
  mirror,
  dropping,
  renditions,
  media,
  portal,
  page,
  starting,
  scale
]

interface Report {
  name: string
  rows: Row[]
  error: string | null
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'string' },
    // Set for the processes that each run one.
    report: { type: 'string' }
  }
})

function chosen(): Benchmark[] {
  const unknown = positionals.filter((name) => !benchmarks.some((one) => one.name === name))
  if (unknown.length > 0) {
    throw new Error(
      `No benchmark ${unknown.join(', ')}: there are ${benchmarks.map((one) => one.name).join(', ')}`
    )
  }
  return benchmarks.filter((one) => positionals.length === 0 || positionals.includes(one.name))
}

// Each in a process of its own, so that none measures the garbage of the one before it.
async function runApart(benchmark: Benchmark): Promise<Report> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hyperalbum-bench-'))
  const file = path.join(folder, 'report.json')
  const script = fileURLToPath(import.meta.url)
  const args = [
    ...process.execArgv,
    script,
    benchmark.name,
    '--report',
    file,
    ...(values.quick ? ['--quick'] : [])
  ]
  try {
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] })
    const code = await new Promise((resolve, reject) => {
      child.on('error', reject)
      child.on('exit', resolve)
    })
    if (!fs.existsSync(file)) throw new Error(`ended with ${String(code)}`)
    return JSON.parse(fs.readFileSync(file, 'utf8')) as Report
  } catch (error) {
    return { name: benchmark.name, rows: [], error: String(error) }
  } finally {
    fs.rmSync(folder, { recursive: true, force: true })
  }
}

async function runHere(benchmark: Benchmark, file: string): Promise<void> {
  const report: Report = { name: benchmark.name, rows: [], error: null }
  try {
    report.rows = await runBenchmark(benchmark, values.quick)
  } catch (error) {
    report.error = error instanceof Error ? (error.stack ?? error.message) : String(error)
  }
  fs.writeFileSync(file, JSON.stringify(report))
}

async function main(): Promise<void> {
  const wanted = chosen()
  if (values.report !== undefined) {
    for (const benchmark of wanted) await runHere(benchmark, values.report)
    // Whatever a benchmark left open must not hold up the next.
    process.exit()
  }
  const reports: Report[] = []
  for (const benchmark of wanted) {
    console.error(`${benchmark.name}${values.quick ? ' (quick)' : ''}`)
    reports.push(await runApart(benchmark))
  }
  const machine = { cpu: os.cpus()[0]?.model.trim() ?? '', cores: os.cpus().length, node: process.version }
  const json = JSON.stringify(
    {
      at: new Date().toISOString(),
      machine,
      quick: values.quick,
      benchmarks: reports.map(({ name, rows, error }) => ({
        name,
        error,
        rows: rows.map((row) => ({ ...row, verdict: verdict(row) }))
      }))
    },
    null,
    1
  )
  console.log(table(reports.flatMap(({ rows }) => rows)))
  for (const { name, error } of reports) if (error !== null) console.log(`\n${name} failed: ${error}`)
  console.log(`\n${json}`)
  if (values.json !== undefined) fs.writeFileSync(values.json, json + '\n')
}

await main()
