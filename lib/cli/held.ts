import type { Album } from '../album.ts'
import { sleep } from '../util/wait.ts'
import { type AlbumContext, type Options, isSending, oneOf } from './command.ts'
import { join, say, yellow } from './said.ts'
import { waitOf } from './units.ts'

const LOOK = 1000
// Photos that are asked about in one look.
const PER_LOOK = 1000
// How long nothing may arrive anywhere: with nobody online, and while a large video may be on its way to somebody.
const ALONE = 30_000
const ACCOMPANIED = 120_000

/** How long `--wait` says, where it is given. Throws `BAD_ARGUMENT`: ask before anything is added. */
export function patienceOf(options: Options): number | null {
  const told = oneOf(options, 'wait')
  return told === undefined ? null : waitOf(told) || Infinity
}

/**
 * Waits until another device holds photos that were just added, as long as some arrive there, and says who does. An album
 * that is served sends them by itself.
 */
export async function waitForOthers(context: AlbumContext, ids: string[], options: Options): Promise<void> {
  const { album, opening, output, terminal } = context
  const patience = patienceOf(options)
  if (ids.length === 0 || options['wait'] === false) return
  if (isSending(context) && patience === null)
    return output.note(say`The others get them from the running album.`)
  const waiting = new Set(ids)
  const holders = new Map<string, number>()
  if (opening.network !== false) {
    const bar = output.bar('Sending')
    for (let since = Date.now(); waiting.size > 0 && !terminal.signal.aborted;) {
      if (await takeHeld(album, waiting, holders)) since = Date.now()
      bar.update({ files: ids.length - waiting.size, bytes: 0, totalFiles: ids.length })
      if (waiting.size === 0) break
      const alone = (await album.status()).peers.length === 0
      if (Date.now() - since > (patience ?? (alone ? ALONE : ACCOMPANIED))) break
      await sleep(LOOK, terminal.signal)
    }
    bar.end()
  }
  const who = [...holders].map(([name, count]) => say`${name} (${count})`)
  await output.result(
    { held: ids.length - waiting.size, waiting: waiting.size, holders: Object.fromEntries(holders) },
    who.length > 0
      ? say`Also at: ${join(who, ', ')}.`
      : say`${yellow('Nobody else has them yet')}: they are on this device only.`
  )
  if (waiting.size === 0) return
  if (who.length > 0) output.note(say`${yellow(`${waiting.size} are on this device only.`)}`)
  output.note(
    say`\`hyperalbum serve\` sends them when others are online, \`hyperalbum settle\` waits for it.`
  )
}

/** Takes those off the list that another device holds; whether there were any. */
async function takeHeld(album: Album, waiting: Set<string>, holders: Map<string, number>): Promise<boolean> {
  const before = waiting.size
  for (const id of [...waiting].slice(0, PER_LOOK)) {
    const copies = await album.copies.of(id)
    const others = copies.filter(({ me, variants }) => !me && variants.includes('original'))
    waiting.delete(id)
    // To the end of the list, so that the next look begins with others.
    if (others.length === 0) waiting.add(id)
    for (const { member, device } of others) {
      const name = `${member.name}, ${device.name}`
      holders.set(name, (holders.get(name) ?? 0) + 1)
    }
  }
  return waiting.size < before
}
