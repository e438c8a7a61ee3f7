import fs from 'node:fs'
import path from 'node:path'
import { Album } from '../../album.ts'
import { AlbumError, codeOf } from '../../errors.ts'
import { fromDisk, toDisk } from '../../util/disk.ts'
import type { RecoveryProgress } from '../../types.ts'
import { confirm, onlyOne } from '../choosing.ts'
import { type AlbumContext, type Context, type Options, allOf, oneOf } from '../command.ts'
import { bold, dim, say, yellow } from '../said.ts'
import { momentOf, shortOf } from '../telling.ts'
import { type Terminal, pathFrom } from '../terminal.ts'
import { waitOf } from '../units.ts'

// Longer than any passphrase, and than any kit.
const MAX_PASSPHRASE = 10_000
const MAX_KIT = 2_000_000
const NEWLINE = 10
// Milliseconds after which it is said again how a search goes.
const TELLING = 10_000

export async function kits({ album, output }: AlbumContext): Promise<void> {
  for (const kit of await album.recovery.list()) {
    await output.result(
      { ...kit },
      say`${dim(shortOf(kit.id))}  ${bold(kit.name)}  of ${kit.by.name}, ${momentOf(kit.madeAt)}, good for ${kit.uses} more`
    )
  }
}

export async function createKit(context: AlbumContext, [file = '']: string[]): Promise<void> {
  const { album, output, terminal } = context
  const place = pathFrom(terminal, file)
  // Before the passphrase is asked for: a kit that is not kept would be devices that nobody has.
  const handle = await toDisk(() => reserve(place)).catch((error: unknown) => {
    const cause = error instanceof Error ? error.cause : error
    if (codeOf(cause) !== 'EEXIST') throw error
    throw new AlbumError('BAD_ARGUMENT', `${file} is there already: nothing was written`)
  })
  let done = false
  try {
    const passphrase = await newPassphrase(terminal)
    output.note(say`Making the kit. The device that makes changes final is best online.`)
    const { bytes, final, mirrors, ...kit } = await album.recovery.createKit(passphrase, {
      signal: terminal.signal,
      save: (made) => toDisk(() => write(handle, place, made))
    })
    done = true
    await output.result(
      { file: place, bytes: bytes.byteLength, ...kit, final, mirrors },
      say`Made ${bold(file)}. Keep it away from this home, and its passphrase elsewhere; without that it is worth nothing.`
    )
    if (!final) {
      output.note(
        say`${yellow('Not yet')}: changes are not final, as \`hyperalbum status\` tells. Should all be lost before they are, it shows the album and cannot go on with it.`
      )
    }
    for (const { name, ready } of mirrors) {
      if (!ready) {
        output.note(
          say`${yellow('Not yet')}: ${name} does not know this kit, or lacks photos. Run \`hyperalbum serve\` while it is online.`
        )
      }
    }
    if (mirrors.length === 0) {
      output.note(
        say`A kit has no photos in it: they come from any device that is left, or a blind mirror (\`hyperalbum blind create\`).`
      )
    }
  } finally {
    await handle.close()
    if (!done) await fs.promises.rm(place, { force: true })
  }
}

export async function restoreKit(context: Context, [file = '']: string[], options: Options): Promise<void> {
  const { folder, opening, output, terminal } = context
  const place = pathFrom(terminal, file)
  const { size } = await fromDisk(place, () => fs.promises.stat(place))
  if (size > MAX_KIT) throw new AlbumError('KIT_INVALID', 'This is not a recovery kit')
  const kit = await fromDisk(place, () => fs.promises.readFile(place))
  const { text: passphrase } = await passphraseOf(terminal, 'Passphrase of the kit: ')
  const timeout = oneOf(options, 'timeout')
  const readOnly = options['readOnly'] === true
  output.note(say`Looking for the album. A blind mirror or a device of the family must be online.`)
  const album = await Album.recover(folder, kit, passphrase, {
    ...opening,
    signal: terminal.signal,
    mirrors: allOf(options, 'mirror'),
    readOnly,
    onprogress: telling(output),
    ...(timeout && { timeout: waitOf(timeout) })
  })
  try {
    const { id, name } = album
    const { role, photos } = await album.status()
    await output.result(
      { id, name, folder, role, photos, readOnly },
      say`Brought the album ${bold(name)} back into ${folder}, with ${photos} photos.`
    )
    output.note(
      readOnly
        ? say`It is there to be looked at, and nothing can be changed in it; the kit is as unused as before. Save the photos: \`hyperalbum export FOLDER\`.`
        : say`Now fetch all of them: \`hyperalbum keep original\`, and \`hyperalbum serve\`. Where no other device will ever come back, first \`hyperalbum kit take-over\`. Then make a new kit (\`hyperalbum kit create\`) and remove this one (\`hyperalbum kit\`): it has this device’s own keys.`
    )
  } finally {
    await album.close()
  }
}

/** Says who is there and what has come: when that changes, and every some seconds. */
function telling(output: Context['output']): (progress: RecoveryProgress) => void {
  let told = { text: '', at: 0 }
  return ({ mirrors, away, devices, photos }) => {
    const here = [...mirrors, ...devices.map((name) => name || 'a device')]
    const lacking = away.length === 0 ? say`` : say` Not there: ${away.join(', ')}.`
    const said =
      here.length === 0
        ? say`Nobody is there yet.${lacking}`
        : say`Connected to ${here.join(', ')}; has heard of ${photos} photos so far.${lacking}`
    if (said.plain === told.text && Date.now() - told.at < TELLING) return
    told = { text: said.plain, at: Date.now() }
    output.note(said)
  }
}

export async function removeKit(
  context: AlbumContext,
  [which = '']: string[],
  options: Options
): Promise<void> {
  const { album, output } = context
  const kit = onlyOne(await album.recovery.list(), which, 'recovery kit')
  await confirm(context, say`Make ${bold(kit.name)} worthless, wherever its file is?`, options)
  const { final } = await album.recovery.remove(kit.id)
  await output.result({ ...kit, final }, say`${bold(kit.name)} brings nothing back any more.`)
}

export async function takeOver(context: AlbumContext, _: string[], options: Options): Promise<void> {
  const { album, output } = context
  await confirm(context, say`Are ${bold('all')} other devices of the album lost for good?`, options)
  const { final } = await album.recovery.takeOver({
    signal: context.terminal.signal,
    evenIfBehind: options['evenIfBehind'] === true
  })
  await output.result({ takenOver: true, final }, say`This device makes changes final from now on.`)
  output.note(
    say`Remove the lost devices, so that whoever finds one reads nothing new: \`hyperalbum devices\`.`
  )
}

/** Opens a file that is not there yet; or an empty one, as a process leaves that was killed before it wrote. */
async function reserve(place: string): Promise<fs.promises.FileHandle> {
  try {
    return await fs.promises.open(place, 'wx', 0o600)
  } catch (error) {
    const isEmpty = codeOf(error) === 'EEXIST' && (await fs.promises.stat(place)).size === 0
    if (!isEmpty) throw error
    return fs.promises.open(place, 'r+')
  }
}

/** Resolves when it is on the disk for good. */
async function write(handle: fs.promises.FileHandle, place: string, bytes: Uint8Array): Promise<void> {
  await handle.writeFile(bytes)
  await handle.sync()
  // Its name, too, where folders can be opened.
  const folder = await fs.promises.open(path.dirname(place)).catch(() => null)
  await folder?.sync().catch(() => {})
  await folder?.close()
}

async function newPassphrase(terminal: Terminal): Promise<string> {
  const first = await passphraseOf(terminal, 'A passphrase, best of five words or more: ')
  if (!first.isTyped) return first.text
  if ((await passphraseOf(terminal, 'The same again: ')).text === first.text) return first.text
  throw new AlbumError('BAD_ARGUMENT', 'These were not the same: nothing was made')
}

/** Never an argument, which lists of processes and histories of shells show. */
async function passphraseOf(
  terminal: Terminal,
  question: string
): Promise<{ text: string; isTyped: boolean }> {
  const typed = await terminal.askHidden(question)
  if (terminal.signal.aborted) throw new AlbumError('ABORTED', 'Stopped')
  const text = typed ?? (terminal.columns === null ? await lineFrom(terminal) : '')
  if (text !== '') return { text, isTyped: typed !== null }
  throw new AlbumError('BAD_ARGUMENT', 'No passphrase was given')
}

async function lineFrom(terminal: Terminal): Promise<string> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of terminal.input()) {
    chunks.push(chunk)
    length += chunk.byteLength
    if (length > MAX_PASSPHRASE || chunk.includes(NEWLINE)) break
  }
  // Whole: a letter may lie in two chunks.
  return Buffer.concat(chunks).toString('utf8').split(/\r?\n/)[0] ?? ''
}
