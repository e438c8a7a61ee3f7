import type { Album } from '../album.ts'
import { type AlbumContext, type Options, oneOf } from './command.ts'
import { join, say, yellow } from './said.ts'
import { millisecondsOf } from './units.ts'
import { sleep } from '../util/wait.ts'

const LOOK = 1000

/**
 * Waits until another device holds photos that were just added, as long as something happens, and says who does. An
 * album that is kept open sends them by itself.
 */
export async function waitForOthers(context: AlbumContext, ids: string[], options: Options): Promise<void> {
  const { album, kept, opening, output, terminal } = context
  const unasked = options['wait'] === true || options['wait'] === undefined
  if (ids.length === 0 || options['wait'] === false) return
  if (kept && unasked) return output.note(say`The others get them from the running album.`)
  const patience = millisecondsOf(oneOf(options, 'wait') ?? '30s')
  const waiting = [...ids]
  const holders = new Map<string, number>()
  if (opening.network !== false) {
    const bar = output.bar('Sending')
    let quiet = Date.now()
    while (waiting.length > 0 && (patience === 0 || Date.now() - quiet < patience)) {
      const before = waiting.length
      await takeHeld(album, waiting, holders)
      if (waiting.length < before) quiet = Date.now()
      bar.update({ files: ids.length - waiting.length, bytes: 0, totalFiles: ids.length })
      if (waiting.length > 0 && terminal.signal.aborted) break
      if (waiting.length > 0) await sleep(LOOK, terminal.signal)
    }
    bar.end()
  }
  const who = [...holders].map(([name, count]) => say`${name} (${count})`)
  await output.result(
    { held: ids.length - waiting.length, waiting: waiting.length, holders: Object.fromEntries(holders) },
    who.length > 0
      ? say`Also at: ${join(who, ', ')}.`
      : say`${yellow('Nobody else has them yet')}: they are on this device only.`
  )
  if (waiting.length > 0) {
    if (who.length > 0) output.note(say`${yellow(`${waiting.length} are on this device only.`)}`)
    output.note(
      say`\`hyperalbum serve\` sends them when others are online, \`hyperalbum settle\` waits for it.`
    )
  }
}

/** Takes those off the list that another device holds, from its beginning to the first that none does. */
async function takeHeld(album: Album, waiting: string[], holders: Map<string, number>): Promise<void> {
  for (let first = waiting[0]; first !== undefined; first = waiting[0]) {
    const copies = (await album.copies.of(first)).filter(
      ({ me, variants }) => !me && variants.includes('original')
    )
    if (copies.length === 0) return
    for (const { member, device } of copies) {
      const name = `${member.name}, ${device.name}`
      holders.set(name, (holders.get(name) ?? 0) + 1)
    }
    waiting.shift()
  }
}
