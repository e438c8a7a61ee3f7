import { AlbumError, codeOf } from '../../errors.ts'
import type { FreeResult, Photo } from '../../types.ts'
import { confirm, photosOf } from '../choosing.ts'
import { type AlbumContext, type Options, isSending, oneOf } from '../command.ts'
import { errorOf, exitOfCodes } from '../faults.ts'
import { type Said, bold, green, say, yellow } from '../said.ts'
import { selectionOf } from '../selection.ts'
import { counted } from '../telling.ts'
import { bytesOf, waitOf } from '../units.ts'
import { signerOf } from './indexer.ts'

const PATIENCE = 30_000
// Photos that are asked for at a time.
const TOGETHER = 500

export async function free(context: AlbumContext, digits: string[], options: Options): Promise<number> {
  const { album, output, terminal } = context
  const timeout = oneOf(options, 'timeout')
  let patience = timeout === undefined ? PATIENCE : waitOf(timeout) || Infinity
  const ids = await chosen(context, digits, options)
  const outcome = new Outcome()
  const bar = output.bar('Freeing')
  for (let i = 0; i < ids.length; i += TOGETHER) {
    const some = ids.slice(i, i + TOGETHER)
    const waiting = { signal: terminal.signal, timeout: patience }
    for (const result of await album.copies.free(some, waiting)) {
      outcome.note(result)
      await output.result({ ...result, error: errorOf(result.error) }, null)
    }
    bar.update({ files: i + some.length, bytes: outcome.freed.bytes, totalFiles: ids.length })
    // The device that decides is away: of the rest it is only written down that they are to go.
    if (outcome.waiting.photos > 0) patience = 0
  }
  output.end()
  return tell(context, outcome)
}

/** Ids of the photos that are meant, once somebody said that they are. */
async function chosen(context: AlbumContext, digits: string[], options: Options): Promise<string[]> {
  const { album, terminal } = context
  const query = await selectionOf(album, options)
  if (digits.length > 0 && Object.keys(query).length > 0)
    throw new AlbumError('BAD_ARGUMENT', 'Name photos by their ids, or choose them by options')
  const photos = digits.length > 0 ? await photosOf(album, digits) : album.list(query)
  const ids: string[] = []
  const here = { photos: 0, bytes: 0 }
  for await (const photo of photos) {
    if (terminal.signal.aborted) throw new AlbumError('ABORTED', 'Stopped')
    ids.push(photo.id)
    const own = (await album.copies.of(photo.id)).find(({ me }) => me)
    if (own?.variants.includes('original')) add(here, sizeOf(photo))
  }
  if (here.photos === 0) return ids
  const promised = await album.copies.promised()
  const where = promised === 1 ? 'another device holds' : `${promised} other devices hold`
  const what = `${counted(here.photos, 'photo')} (${bytesOf(here.bytes)})`
  await confirm(
    context,
    say`Take the originals of ${bold(what)} off this disk, where ${where} them?`,
    options
  )
  return ids
}

interface Sum {
  photos: number
  bytes: number
}

/** What came of all of them. */
class Outcome {
  readonly freed: Sum = { photos: 0, bytes: 0 }
  readonly waiting: Sum = { photos: 0, bytes: 0 }
  readonly codes = new Set<string>()
  kept = 0
  absent = 0
  /** How many stay, by why. */
  readonly reasons = new Map<string, number>()

  note({ status, bytes, error }: FreeResult): void {
    if (error) {
      this.kept++
      this.codes.add(codeOf(error))
      const holders = error instanceof AlbumError ? error.holders : []
      const why = holders.length > 0 ? `${error.message} (${holders.join(', ')})` : error.message
      this.reasons.set(why, (this.reasons.get(why) ?? 0) + 1)
    } else if (status === 'waiting') {
      this.codes.add('TIMEOUT')
      add(this.waiting, bytes)
    } else if (bytes === 0) this.absent++
    else add(this.freed, bytes)
  }
}

async function tell(context: AlbumContext, outcome: Outcome): Promise<number> {
  const { album, output } = context
  const { freed, waiting, kept, absent, reasons, codes } = outcome
  const lines: Said[] = [
    freed.photos > 0
      ? say`${green('Freed')} ${bold(bytesOf(freed.bytes))}: the originals of ${counted(freed.photos, 'photo')}.`
      : say`Nothing is freed.`
  ]
  if (waiting.photos > 0) {
    const what = `${counted(waiting.photos, 'photo')} (${bytesOf(waiting.bytes)})`
    const then = isSending(context)
      ? 'the rest happens by itself'
      : 'leave `hyperalbum serve` running until then'
    const signer = signerOf(await album.indexer.status())
    lines.push(say`${yellow('Waiting')}: ${what}. ${signer} decides when it is online; ${then}.`)
  }
  for (const [why, photos] of reasons)
    lines.push(say`${yellow('Kept')}: ${counted(photos, 'photo')}. ${why}.`)
  if (absent > 0) lines.push(say`${counted(absent, 'photo')}: not on this disk.`)
  const counts = { freed: freed.photos, waiting: waiting.photos, kept, absent, bytes: freed.bytes }
  await output.result(counts, lines)
  return exitOfCodes(codes)
}

function add(sum: Sum, bytes: number): void {
  sum.photos++
  sum.bytes += bytes
}

function sizeOf({ files }: Photo): number {
  return files.reduce((sum, { size }) => sum + size, 0)
}
