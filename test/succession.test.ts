// Who signs the index: handed over, and taken over by heirs, between logs of several devices.
import test from 'brittle'
import b4a from 'b4a'
import crypto from 'hypercore-crypto'
import { type Handing, handingsTo } from '../lib/view/handings.ts'
import { Holdings } from '../lib/view/holdings.ts'
import { reignStatement } from '../lib/view/identity.ts'
import { CONTRIBUTOR, MIRROR, OWNER } from '../lib/view/rules.ts'
import * as forge from './forge.ts'
import { Writer, createCircle, join, joinAll, together } from './circle.ts'
import { eventually } from './helpers.ts'

async function handOver(from: Writer, to: Writer, reign = 0): Promise<void> {
  const { writer } = from.device.keys
  const statement = reignStatement(from.log.key, reign + 1, to.log.writer)
  await from.write('hand-over', {
    reign,
    signer: from.log.writer,
    device: to.log.writer,
    publicKey: writer.publicKey,
    proof: crypto.sign(statement, writer.secretKey)
  })
}

async function takeOver(heir: Writer, reign = 0): Promise<void> {
  await heir.write('take-over', { reign, ...heir.log.signed })
}

/** What a joiner is told of the finished index. */
async function finishedOf(writer: Writer): Promise<[Uint8Array | null, Handing[] | null]> {
  const { album } = await writer.cast()
  return [writer.log.system, await handingsTo(writer.rows, album)]
}

async function indexerOf(writer: Writer): Promise<number> {
  return (await writer.cast()).album.indexer
}

async function isAllFinal(...writers: Writer[]): Promise<boolean> {
  return writers.every(({ log }) => log.finalLength === log.view.version)
}

test('succession: handed over to a mirror and taken back, what is written becomes final all along', async (t) => {
  const [dad, mum, box] = (await createCircle(t, CONTRIBUTOR, MIRROR)) as [Writer, Writer, Writer]
  const part = joinAll([dad, mum, box])
  await dad.write('hand-over', { reign: 0, signer: dad.log.writer, device: box.log.writer })
  await handOver(dad, box)
  await eventually(async () => (await indexerOf(mum)) === 3)
  await mum.add(1)
  await together(dad, mum, box)
  await eventually(() => isAllFinal(dad, mum, box))
  t.is(box.log.isIndexer, true)
  t.is(dad.log.isIndexer, false)

  part()
  // The founder is away: it is final all the same.
  const two = join(mum, box)
  await mum.add(2)
  await eventually(async () => (await isAllFinal(mum, box)) && (await box.cast()).album.photos === 2)
  two()
  joinAll([dad, mum, box])
  await handOver(box, dad, 1)
  await dad.write('hand-over', { reign: 1, signer: box.log.writer, device: dad.log.writer })
  await eventually(async () => (await box.cast()).album.successor === 1)
  t.is(await indexerOf(box), 3, 'the mirror does not do it by itself')
  await handOver(box, dad, 1)
  await eventually(async () => (await indexerOf(mum)) === 1)
  await mum.add(3)
  await together(dad, mum, box)
  await eventually(() => isAllFinal(dad, mum, box))
  t.is(dad.log.isIndexer, true)
  t.alike(
    [dad, mum, box].flatMap(({ warnings }) => warnings),
    []
  )
})

test('succession: the founder is lost, an heir takes over, and the founder comes back', async (t) => {
  const [dad, mum, kid] = (await createCircle(t, OWNER, CONTRIBUTOR)) as [Writer, Writer, Writer]
  await dad.add('dad, unseen')
  const two = join(mum, kid)
  await mum.add(1)
  await kid.add(2)
  await eventually(async () => (await mum.cast()).album.photos === 2)
  t.is(await isAllFinal(mum), false)
  await takeOver(kid)
  t.is(await indexerOf(kid), 1, 'not the first in the line')
  await takeOver(mum)
  await eventually(async () => (await indexerOf(kid)) === 2)
  await eventually(() => isAllFinal(mum, kid))
  await kid.add(3)
  await together(mum, kid)
  two()
  joinAll([dad, mum, kid])
  await together(dad, mum, kid)
  await eventually(() => isAllFinal(dad, mum, kid))
  t.is((await dad.cast()).album.photos, 4)
  t.is(await indexerOf(dad), 2)
  t.is(b4a.equals(dad.log.view.core.key, mum.log.view.core.key), true)
  t.alike(
    [dad, mum, kid].flatMap(({ warnings }) => warnings),
    []
  )
})

test('succession: who joins after the index was handed over takes it over, and sees by whom it may be signed', async (t) => {
  const [dad, box, eve] = (await createCircle(t, MIRROR, OWNER)) as [Writer, Writer, Writer]
  const part = joinAll([dad, box, eve])
  for (let i = 0; i < 30; i++) await dad.write('ext', { name: `${i}`, data: forge.random(16) })
  await dad.write('hand-over', { reign: 0, signer: dad.log.writer, device: box.log.writer })
  await handOver(dad, box)
  for (let i = 30; i < 60; i++) await eve.write('ext', { name: `${i}`, data: forge.random(16) })
  await together(dad, box, eve)
  await eventually(() => isAllFinal(dad, box, eve))
  part()

  const { key, encryptionKey } = dad.log
  const [system, handings] = await finishedOf(eve)
  t.is(handings?.length, 1)
  /** Whether somebody who is told this fetches the founder's ops. */
  const worksOut = async (told: Handing[]): Promise<boolean> => {
    const joiner = await Writer.open(t, key, encryptionKey, system, told)
    join(box, joiner)
    await eventually(async () => (await joiner.tree()) === (await box.tree()))
    t.alike(joiner.warnings, [])
    const log = joiner.store.get({ key })
    await log.ready()
    const has = await log.has(5, 25)
    await log.close()
    return has
  }
  t.is(await worksOut(handings ?? []), false)
  t.is(await worksOut([]), true)
  // Handed on by one who never had it.
  const { writer } = eve.device.keys
  const proof = crypto.sign(reignStatement(key, 1, box.log.writer), writer.secretKey)
  const eves = { reign: 1, publicKey: writer.publicKey, proof }
  t.is(await worksOut([eves]), true)
  t.is(await worksOut([...(handings ?? []), eves]), true)
  t.alike(
    [dad, box, eve].flatMap(({ warnings }) => warnings),
    []
  )
})

test('succession: who joins after an heir took over works the index out from the ops', async (t) => {
  const [dad, mum] = (await createCircle(t, OWNER)) as [Writer, Writer]
  const part = join(dad, mum)
  for (let i = 0; i < 30; i++) await dad.write('ext', { name: `${i}`, data: forge.random(16) })
  await together(dad, mum)
  part()
  await dad.add('dad, unseen')
  await takeOver(mum)
  await mum.add(1)
  await eventually(() => isAllFinal(mum))
  t.is(await handingsTo(mum.rows, (await mum.cast()).album), null)
  const joiner = await Writer.open(t, dad.log.key, dad.log.encryptionKey)
  join(mum, joiner)
  await eventually(async () => (await joiner.tree()) === (await mum.tree()))
  t.is(await indexerOf(joiner), 2)
  join(dad, joiner)
  await eventually(
    async () => (await joiner.cast()).album.photos === 2 && (await mum.cast()).album.photos === 2
  )
  await eventually(async () => (await joiner.tree()) === (await mum.tree()))
  t.alike(
    [dad, mum, joiner].flatMap(({ warnings }) => warnings),
    []
  )
})

test('succession: what was handed over and not taken up cannot be taken over yet, and closes no log', async (t) => {
  const [dad, mum, kid] = (await createCircle(t, OWNER, OWNER)) as [Writer, Writer, Writer]
  const part = joinAll([dad, mum, kid])
  await dad.write('hand-over', { reign: 0, signer: dad.log.writer, device: kid.log.writer })
  await handOver(dad, kid)
  await eventually(async () => (await indexerOf(mum)) === 3)
  part()
  const wanted = { system: mum.log.signed.system, reign: 1 }
  for (let length = 0; length <= mum.log.signed.length + 2; length++) {
    if (length < mum.log.signed.length - 3 || !mum.log.isTakenUp)
      await mum.write('take-over', { ...wanted, length })
  }
  await mum.add(1)
  joinAll([dad, mum, kid])
  await together(dad, mum, kid)
  await eventually(() => isAllFinal(dad, mum, kid))
  t.is((await dad.cast()).album.photos, 1)
  t.alike(
    [dad, mum, kid].flatMap(({ warnings }) => warnings),
    []
  )
  await eventually(() => mum.log.isTakenUp)
})

test('succession: no op of an heir closes the log, nor makes another device the signer', async (t) => {
  const [dad, mum, kid] = (await createCircle(t, OWNER, CONTRIBUTOR)) as [Writer, Writer, Writer]
  joinAll([dad, mum, kid])
  const { system, length } = mum.log.signed
  for (const wrong of [0, 1, 2, 3, length - 1, length + 1, length + 1000, 2 ** 40])
    await mum.write('take-over', { reign: 0, system, length: wrong })
  await mum.write('take-over', { reign: 0, system: forge.random(32), length })
  await mum.write('take-over', { reign: 1, system, length })
  await takeOver(kid)
  await mum.write('hand-over', { reign: 0, signer: dad.log.writer, device: kid.log.writer })
  const proof = crypto.sign(reignStatement(dad.log.key, 1, kid.log.writer), kid.device.keys.writer.secretKey)
  const { publicKey } = kid.device.keys.writer
  for (const writer of [mum, kid])
    await writer.write('hand-over', {
      reign: 0,
      signer: dad.log.writer,
      device: kid.log.writer,
      publicKey,
      proof
    })
  await dad.write('hand-over', { reign: 0, signer: dad.log.writer, device: forge.random(32) })
  await together(dad, mum, kid)
  t.is(await indexerOf(dad), 1)
  await eventually(() => isAllFinal(dad, mum, kid))
  t.alike(
    [dad, mum, kid].flatMap(({ warnings }) => warnings),
    []
  )
})

test('succession: after an heir took over nobody lets go of a photo because of a device that has not followed', async (t) => {
  const [dad, mum, kid] = (await createCircle(t, OWNER, CONTRIBUTOR)) as [Writer, Writer, Writer]
  const part = joinAll([dad, mum, kid])
  await kid.add(1)
  const ids = [forge.photoId(1)]
  for (const one of [dad, mum]) await one.write('hold', { device: kid.log.writer, drive: 1, ranges: [0, 1] })
  await together(dad, mum, kid)
  part()
  join(mum, kid)
  await takeOver(mum)
  await eventually(async () => (await indexerOf(kid)) === 2)
  /** Whether kid has leave to let go of it. */
  const granted = async (): Promise<boolean | undefined> => {
    await kid.write('release', { nonce: forge.random(16), ids })
    return (await kid.rows.leave(3, ids[0] as Uint8Array))?.granted
  }
  const takenBy = mum.log.writer
  await mum.write('hello', { supports: 1, takeovers: 1, takenBy })
  await eventually(async () => (await kid.cast()).devices.get(2)?.takeovers === 1)
  t.is(await granted(), false, 'dad may have let go of it, by the leave of his own index')
  joinAll([dad, mum, kid])
  await eventually(async () => (await indexerOf(dad)) === 2)
  await dad.write('hello', { supports: 2, takeovers: 1 })
  await dad.write('hello', { supports: 3, takeovers: 1, takenBy: kid.log.writer })
  await eventually(async () => (await kid.cast()).devices.get(1)?.supports === 3)
  t.is(await granted(), false, 'dad has followed another who took over')
  await dad.write('hello', { supports: 1, takeovers: 1, takenBy })
  await eventually(async () => (await kid.cast()).devices.get(1)?.takeovers === 1)
  t.is(await granted(), true)
  // What was dropped by leave that does not count any more.
  await kid.write('hold', { device: kid.log.writer, drive: 1, ranges: [0, 1] })
  await dad.write('release', { nonce: forge.random(16), ids, gone: true })
  await together(dad, mum, kid)
  const holders = await new Holdings(mum.rows).holders(
    (await mum.rows.exact(ids[0] as Uint8Array))?.record.contributions ?? []
  )
  t.is(holders.has(1), false)
})
