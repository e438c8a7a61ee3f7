import type { Album } from '../../album.ts'
import type { Device, IndexerStatus } from '../../types.ts'
import { confirm, onlyOne } from '../choosing.ts'
import { type AlbumContext, type Options, isSending } from '../command.ts'
import { type Said, bold, dim, say, yellow } from '../said.ts'
import { momentOf } from '../telling.ts'

export async function indexer({ album, output }: AlbumContext): Promise<void> {
  const told = await album.indexer.status()
  const names = await memberNames(album)
  const lines: Said[] = [
    say`${bold(signerOf(told))} makes changes final: ${told.online ? 'online' : 'away'}.`
  ]
  if (told.waitingSince !== null) {
    lines.push(say`${yellow('Waiting')} for it since ${momentOf(told.waitingSince)}.`)
  }
  if (told.successor) lines.push(say`To be handed over to ${nameOf(told.successor, names)}.`)
  const heirs = told.heirs.map((device, i) => say`  ${dim(`${i + 1}.`)} ${nameOf(device, names)}`)
  lines.push(
    heirs.length > 0
      ? say`Where it is lost for good, the first of these takes over, by \`hyperalbum indexer take-over\`:`
      : say`Nobody could take over where it is lost: it takes another owner’s or contributor’s device.`
  )
  await output.result({ ...told }, [...lines, ...heirs])
}

export async function handOver(context: AlbumContext, [which = '']: string[]): Promise<void> {
  const { album, output, terminal } = context
  const device = await deviceOf(album, which)
  const { final } = await album.indexer.handOver(device.id, { signal: terminal.signal })
  const done = say`${bold(device.name)} makes changes final from now on.`
  const later = say`It is handed over to ${bold(device.name)} as soon as both devices are online.`
  await output.result({ id: device.id, name: device.name, final }, final ? done : later)
  if (!final && !isSending(context)) {
    output.note(say`The others hear of it while \`hyperalbum serve\` runs.`)
  }
}

export async function heirs({ album, output }: AlbumContext, which: string[]): Promise<void> {
  const devices: Device[] = []
  for (const one of which) devices.push(await deviceOf(album, one))
  await album.indexer.setHeirs(devices.map(({ id }) => id))
  const names = devices.map(({ name }) => name)
  await output.result(
    { heirs: names },
    say`Where the device that makes changes final is lost: ${names.join(', ')}.`
  )
}

export async function takeOver(context: AlbumContext, _: string[], options: Options): Promise<void> {
  const { album, output } = context
  const signer = signerOf(await album.indexer.status())
  await confirm(context, say`Is ${bold(signer)} lost for good? This device does its part then.`, options)
  await album.indexer.takeOver({ evenIfOnline: options['evenIfOnline'] === true })
  await output.result({ takenOver: true }, say`This device makes changes final from now on.`)
  output.note(say`Remove the lost one too: \`hyperalbum devices remove\`.`)
}

/** The device that makes changes final, as people call it. */
export function signerOf({ device, member }: IndexerStatus): string {
  return device ? `${device.name} of ${member}` : 'The founder’s device'
}

async function deviceOf(album: Album, which: string): Promise<Device> {
  const all = (await album.members.list()).flatMap(({ devices }) => devices.filter(({ removed }) => !removed))
  return onlyOne(all, which, 'device')
}

async function memberNames(album: Album): Promise<Map<string, string>> {
  return new Map((await album.members.list()).map(({ id, name }) => [id, name]))
}

function nameOf({ name, memberId }: Device, members: Map<string, string>): string {
  return `${name} of ${members.get(memberId) ?? ''}`
}
