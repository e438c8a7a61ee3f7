import fs from 'node:fs'
import { Album } from '../../album.ts'
import { AlbumError, codeOf } from '../../errors.ts'
import { fromDisk, toDisk } from '../../util/disk.ts'
import { confirm } from '../choosing.ts'
import { type AlbumContext, type Context, type Options, oneOf } from '../command.ts'
import { bold, dim, say, yellow } from '../said.ts'
import { momentOf } from '../telling.ts'
import { type Terminal, pathFrom } from '../terminal.ts'
import { waitOf } from '../units.ts'

// Longer than any passphrase, and than any kit.
const MAX_PASSPHRASE = 10_000
const MAX_KIT = 2_000_000

export async function kits({ album, output }: AlbumContext): Promise<void> {
  for (const kit of await album.recovery.list()) {
    await output.result(
      { ...kit },
      say`${bold(kit.name)}  of ${kit.by.name}, ${momentOf(kit.madeAt)}  ${dim(kit.deviceId.slice(0, 12))}`
    )
  }
}

export async function createKit(context: AlbumContext, [file = '']: string[]): Promise<void> {
  const { album, output, terminal } = context
  const place = pathFrom(terminal, file)
  // Before the passphrase is asked for: a kit that is not kept would be a device that nobody has.
  const handle = await toDisk(() => fs.promises.open(place, 'wx', 0o600)).catch((error: unknown) => {
    const cause = error instanceof Error ? error.cause : error
    if (codeOf(cause) !== 'EEXIST') throw error
    throw new AlbumError('BAD_ARGUMENT', `${file} is there already: nothing was written`)
  })
  let done = false
  try {
    const passphrase = await newPassphrase(terminal)
    output.note(say`Making the kit. The device that makes changes final is best online.`)
    const { bytes, final, mirrors, ...kit } = await album.recovery.createKit(passphrase, {
      signal: terminal.signal
    })
    await toDisk(async () => {
      await handle.writeFile(bytes)
      await handle.sync()
    }).catch(async (error: unknown) => {
      await album.members.removeDevice(kit.deviceId)
      throw error
    })
    done = true
    await output.result(
      { file: place, ...kit, final, mirrors },
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
  const passphrase = await passphraseOf(terminal, 'Passphrase of the kit: ')
  const { signal } = terminal
  const timeout = oneOf(options, 'timeout')
  output.note(say`Looking for the album. A blind mirror or a device of the family must be online.`)
  const wait = { signal, ...(timeout && { timeout: waitOf(timeout) }) }
  const album = await Album.recover(folder, kit, passphrase, { ...opening, ...wait })
  try {
    const { id, name } = album
    const { role, photos } = await album.status()
    await output.result(
      { id, name, folder, role, photos },
      say`Brought the album ${bold(name)} back into ${folder}, with ${photos} photos.`
    )
    output.note(
      say`Now fetch all of them: \`hyperalbum keep original\`, and \`hyperalbum serve\`. Where no other device will ever come back, first \`hyperalbum kit take-over\`. Then make a new kit (\`hyperalbum kit create\`) and destroy this one: it is this device’s own keys.`
    )
  } finally {
    await album.close()
  }
}

export async function takeOver(context: AlbumContext, _: string[], options: Options): Promise<void> {
  const { album, output } = context
  await confirm(context, say`Are ${bold('all')} other devices of the album lost for good?`, options)
  const { final } = await album.recovery.takeOver()
  await output.result({ takenOver: true, final }, say`This device makes changes final from now on.`)
  output.note(
    say`Remove the lost devices, so that whoever finds one reads nothing new: \`hyperalbum devices\`.`
  )
}

async function newPassphrase(terminal: Terminal): Promise<string> {
  const first = await passphraseOf(terminal, 'A passphrase, best of five words or more: ')
  if (terminal.columns === null) return first
  if ((await passphraseOf(terminal, 'The same again: ')) === first) return first
  throw new AlbumError('BAD_ARGUMENT', 'These were not the same: nothing was made')
}

/** Never an argument, which lists of processes and histories of shells show. */
async function passphraseOf(terminal: Terminal, question: string): Promise<string> {
  const typed = await terminal.askHidden(question)
  const passphrase = typed ?? (terminal.columns === null ? await lineFrom(terminal) : '')
  if (passphrase !== '') return passphrase
  throw new AlbumError('BAD_ARGUMENT', 'No passphrase was given')
}

async function lineFrom(terminal: Terminal): Promise<string> {
  let text = ''
  for await (const chunk of terminal.input()) {
    text += Buffer.from(chunk).toString('utf8')
    if (text.length > MAX_PASSPHRASE || text.includes('\n')) break
  }
  return text.split(/\r?\n/)[0] ?? ''
}
