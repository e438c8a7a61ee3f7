// The index taken over and handed over, changed and claimed by devices apart from each other, in all orders of their ops.
import test, { type Assertions } from 'brittle'
import b4a from 'b4a'
import crypto from 'hypercore-crypto'
import { reignStatement } from '../lib/view/identity.ts'
import { CONTRIBUTOR, OWNER } from '../lib/view/rules.ts'
import { type Writer, createCircle, join, joinAll, together } from './circle.ts'
import { eventually } from './helpers.ts'

async function handOver(from: Writer, to: Writer, reign = 0): Promise<void> {
  const wish = { reign, signer: from.log.writer, device: to.log.writer }
  await from.write('hand-over', wish)
  const { publicKey, secretKey } = from.device.keys.writer
  const proof = crypto.sign(reignStatement(from.log.key, reign + 1, to.log.writer), secretKey)
  await from.write('hand-over', { ...wish, publicKey, proof })
}

async function takeOver(heir: Writer, reign = 0): Promise<void> {
  await heir.write('take-over', { reign, ...heir.log.signed })
}

/** All have the same index, of this device, signed to its end. */
async function agree(t: Assertions, writers: Writer[], indexer: number, what: string): Promise<void> {
  await together(...writers)
  await eventually(() => writers.every(({ log }) => log.finalLength === log.view.version), 30_000)
  const systems = new Set(writers.map(({ log }) => b4a.toString(log.signed.system, 'hex')))
  t.is(systems.size, 1, what)
  t.is((await (writers[0] as Writer).cast()).album.indexer, indexer)
  t.alike(
    writers.flatMap(({ warnings }) => warnings),
    []
  )
}

/** A circle in which one writer's ops sort before another's, or after: Autobase orders what is apart by the writers' keys. */
async function inOrder(t: Assertions, roles: number[], first: number, second: number): Promise<Writer[]> {
  for (;;) {
    const circle = await createCircle(t, ...roles)
    const [a, b] = [circle[first] as Writer, circle[second] as Writer]
    if (b4a.compare(a.log.writer, b.log.writer) < 0) return circle
    for (const { log } of circle) await log.close()
  }
}

test('apart: an owner removes the device that signs, and another owner takes over', async (t) => {
  for (const [first, second] of [
    [0, 1],
    [1, 0]
  ] as const) {
    const [dad, mum, aunt] = (await inOrder(t, [OWNER, OWNER], first, second)) as [Writer, Writer, Writer]
    const part = joinAll([dad, mum, aunt])
    await handOver(dad, aunt)
    await eventually(async () => (await mum.cast()).album.indexer === 3)
    await together(dad, mum, aunt)
    await eventually(() => dad.log.isTakenUp && mum.log.isTakenUp)
    part()
    await mum.write('remove', { device: aunt.log.writer })
    await takeOver(dad, 1)
    join(dad, mum)
    await agree(t, [dad, mum], 1, `${first} before ${second}`)
    t.is((await dad.cast()).devices.get(3)?.removed, true)
  }
})

test('apart: an owner names other heirs while the first of them takes over', async (t) => {
  for (const [first, second] of [
    [1, 2],
    [2, 1]
  ] as const) {
    const roles = [OWNER, OWNER, CONTRIBUTOR]
    const [dad, mum, aunt, kid] = (await inOrder(t, roles, first, second)) as [Writer, Writer, Writer, Writer]
    await aunt.write('heirs', { devices: [aunt.log.writer] })
    await kid.add('kid’s')
    await takeOver(mum)
    joinAll([dad, mum, aunt, kid])
    await eventually(async () => (await aunt.cast()).album.indexer === 2)
    await agree(t, [dad, mum, aunt, kid], 2, `${first} before ${second}`)
  }
})

test('apart: an heir goes on from where nobody had signed', async (t) => {
  const [dad, mum, kid] = (await createCircle(t, OWNER, CONTRIBUTOR)) as [Writer, Writer, Writer]
  const { system } = mum.log.signed
  const lengths: number[] = []
  for (let i = 1; i <= 3; i++) {
    await mum.add(i)
    lengths.push(mum.log.length)
  }
  for (const length of lengths) await mum.write('take-over', { reign: 0, system, length })
  join(dad, mum)
  await eventually(async () => (await dad.cast()).album.photos === 3)
  joinAll([dad, mum, kid])
  await agree(t, [dad, mum, kid], 1, 'nobody follows it')
})

test('apart: who claims to have taken over and did not takes it back', async (t) => {
  // The claim comes after what makes it one.
  const [dad, mum, aunt] = (await inOrder(t, [OWNER, OWNER], 2, 1)) as [Writer, Writer, Writer]
  const part = joinAll([dad, mum, aunt])
  for (const [i, one] of [dad, mum, aunt].entries()) await one.add(i)
  await together(dad, mum, aunt)
  part()
  // Not an end of what was signed: it has no effect.
  await mum.write('take-over', { reign: 0, system: mum.log.signed.system, length: 1 })
  await takeOver(aunt)
  joinAll([dad, mum, aunt])
  await eventually(async () => (await mum.cast()).album.indexer === 3, 60_000)
  await together(dad, mum, aunt)
  const { album, takenBy } = await mum.cast()
  t.is(album.rival, 2, 'it looks as if there were another index')
  await mum.write('hello', { supports: 1, takeovers: album.takeovers, takenBy })
  await together(dad, mum, aunt)
  for (const writer of [dad, mum, aunt]) t.is((await writer.cast()).album.rival, 0)
  await agree(t, [dad, mum, aunt], 3, 'nobody moves')
})
