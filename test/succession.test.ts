// Who signs the index: handed over, and taken over by heirs, between logs of several devices.
import test from 'brittle'
import b4a from 'b4a'
import crypto from 'hypercore-crypto'
import { reignStatement } from '../lib/view/identity.ts'
import { CONTRIBUTOR, MIRROR, OWNER } from '../lib/view/rules.ts'
import { type Writer, createCircle, join, joinAll, together } from './circle.ts'
import { eventually } from './helpers.ts'

async function handOver(from: Writer, to: Writer, reign = 0): Promise<void> {
  const { writer } = from.device.keys
  const statement = reignStatement(from.log.key, reign + 1, to.log.writer)
  await from.write('hand-over', {
    reign,
    device: to.log.writer,
    publicKey: writer.publicKey,
    proof: crypto.sign(statement, writer.secretKey)
  })
}

async function takeOver(heir: Writer, reign = 0): Promise<void> {
  await heir.write('take-over', { reign, ...heir.log.signed })
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
  await dad.write('hand-over', { reign: 1, device: dad.log.writer })
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
