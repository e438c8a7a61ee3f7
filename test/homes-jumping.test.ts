// Lines whose delay jumps, as those of phones do, and that let nothing through for seconds.
import fs from 'node:fs'
import path from 'node:path'
import test from 'brittle'
import { createMembers } from './homes-family.ts'
import type { Streamed } from './homes-member.ts'
import { type Home, createHomes } from './homes.ts'
import { type Slowness, whatDelaysLack } from './links.ts'
import { jpegLike, tmp } from './helpers.ts'
import { sleep } from '../lib/util/wait.ts'

const BYTES = 4_000_000
const JUMPING: Slowness = { rate: '20mbit', loss: 0.01, delay: { ms: [20, 600] } }

test(
  'homes: a photo comes over lines that jump and stall, and from the other one when its device is killed',
  { timeout: 300_000 },
  async (t) => {
    const lab = await createHomes(t, 1, 1, 1)
    if (lab === null) return
    const lacking = whatDelaysLack()
    if (lacking) return t.comment(`skipped: ${lacking}`)
    const [dads, mums] = lab.homes as [Home, Home]
    const [dad, mum, ann] = await createMembers(t, lab, 'Dad', 'Mum', 'Ann')
    const ids: string[] = []
    for (const number of [1, 2]) {
      const file = path.join(tmp(t), 'photo.jpg')
      fs.writeFileSync(file, jpegLike(BYTES))
      ids.push((await dad.ask('add', { file })) as string)
      await mum.ask('photos', { count: number })
      await mum.ask('add', { file })
    }
    await ann.ask('photos', { count: ids.length })
    const comes = async (what: string, id = '', meanwhile: () => Promise<void>): Promise<void> => {
      const streaming = ann.ask('stream', { id }) as Promise<Streamed>
      await meanwhile()
      const { right, longest, ms } = await streaming
      t.ok(right, `${what}: in ${ms} ms, standing still for ${longest} ms at most`)
    }
    await Promise.all([dads.link.slow(JUMPING), mums.link.slow(JUMPING)])
    await comes('lines that jump and stall', ids[0], async () => {
      await sleep(1000)
      await Promise.all([dads.link.stall(2000), mums.link.stall(2000)])
    })
    await comes('and who gives it is killed', ids[1], async () => {
      await sleep(1000)
      await dad.kill()
    })
  }
)
