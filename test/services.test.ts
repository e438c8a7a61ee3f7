// The units of the examples as systemd reads them, where there is one.
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import test from 'brittle'
import { tmp } from './helpers.ts'

const examples = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', 'examples')
// In tenths of what `systemd-analyze security` gives: 0 is shut in as far as can be, 100 not at all.
const MOST_EXPOSED = 20

for (const name of ['mirror.service', 'blind-mirror.service']) {
  test(`${name}: systemd finds no fault, and it is shut in`, (t) => {
    const analyze = (...args: string[]) => spawnSync('systemd-analyze', args, { encoding: 'utf8' })
    const version = Number(/systemd (\d+)/.exec(analyze('--version').stdout ?? '')?.[1] ?? 0)
    if (version < 250) {
      t.comment('skipped: there is no systemd-analyze of version 250 or later')
      t.pass('skipped')
      return
    }
    // On this machine Node may lie elsewhere.
    const unit = fs.readFileSync(path.join(examples, name), 'utf8')
    const file = path.join(tmp(t), name)
    fs.writeFileSync(file, unit.replace('/usr/bin/node', process.execPath))
    const faults = analyze('verify', '--man=no', file)
    t.alike([faults.status, faults.stdout, faults.stderr], [0, '', ''])
    const exposed = analyze('security', '--offline=true', `--threshold=${MOST_EXPOSED}`, file)
    t.is(exposed.status, 0, exposed.stdout.trim().split('\n').at(-1))
  })
}
