// A line so narrow that what was asked for at once takes longer than a transfer may stand still.
import test from 'brittle'
import { createMembers } from './homes-family.ts'
import type { Streamed } from './homes-member.ts'
import { type Home, createHomes } from './homes.ts'
import { whatDelaysLack } from './links.ts'

test('homes: a photo comes over 1 Mbit/s', { timeout: 300_000 }, async (t) => {
  const lab = await createHomes(t, 1, 1)
  if (lab === null) return
  // Its length is what makes Hypercore ask for so much at once.
  const lacking = whatDelaysLack()
  if (lacking) return t.comment(`skipped: ${lacking}`)
  const [dad, ann] = await createMembers(t, lab, 'Dad', 'Ann')
  const id = (await dad.ask('add', { bytes: 4_000_000 })) as string
  await ann.ask('photos', { count: 1 })
  await (lab.homes[0] as Home).link.slow({ rate: '1mbit', delay: { ms: [80, 80] } })
  const { right, longest, ms } = (await ann.ask('stream', { id })) as Streamed
  t.ok(right, `in ${ms} ms, standing still for ${longest} ms at most`)
})
