import type { CapturedAt, Copy, Photo } from '../../types.ts'
import { photosOf } from '../choosing.ts'
import type { AlbumContext, Options } from '../command.ts'
import { type Said, type Sayable, bold, dim, say } from '../said.ts'
import { bytesOf } from '../units.ts'
import { momentOf, plainOf } from '../telling.ts'

const LABEL = 12

export async function show({ album, output }: AlbumContext, ids: string[], options: Options): Promise<void> {
  for (const photo of await photosOf(album, ids)) {
    const copies = await album.copies.of(photo.id)
    const collections = await Promise.all(photo.collections.map((id) => album.collections.get(id)))
    const names = collections.flatMap((one) => one?.name ?? [])
    const history = options['history'] === true ? await album.history(photo.id) : []
    const changes = history.map(
      ({ field, before, by, at }) => `${field} was ${textOf(before)}, until ${by.name} at ${at}`
    )
    await output.result({ ...plainOf(photo), copies, ...(options['history'] === true && { history }) }, [
      say`${bold(photo.name)}`,
      ...linesOf(photo),
      ...list('collections', names),
      ...list('held by', copies.map(holderOf)),
      ...list('changed', changes),
      say``
    ])
  }
}

function holderOf({ member, device, variants, me, online, lastConfirmed }: Copy): string {
  const seen = me ? 'this device' : online ? 'online' : `last confirmed ${momentOf(lastConfirmed)}`
  return `${member.name}, ${device.name} (${variants.join(', ')}): ${seen}`
}

function linesOf(photo: Photo): Said[] {
  const { width, height, duration, location, by, alsoBy, via, trashed } = photo
  const place = location && `${location.latitude.toFixed(6)}, ${location.longitude.toFixed(6)}`
  const added = [by.name, ...alsoBy.map((one) => one.name)].join(' and ')
  return [
    line('id', photo.id),
    line('taken', dateOf(photo.capturedAt)),
    ...list('where', place ? [place] : []),
    ...list('camera', photo.camera ? [photo.camera] : []),
    line(
      'file',
      `${photo.type}, ${bytesOf(photo.size)}${width ? `, ${width} x ${height}` : ''}${duration ? `, ${Math.round(duration)} s` : ''}`
    ),
    ...list(
      'also',
      photo.files.slice(1).map((file) => `${file.role}, ${file.type}, ${bytesOf(file.size)}`)
    ),
    line('added by', `${added}, with ${via.name}, at ${photo.addedAt}`),
    ...list('caption', photo.caption ? [photo.caption] : []),
    ...list('tags', photo.tags.length > 0 ? [photo.tags.join(', ')] : []),
    ...list(
      'marks',
      [photo.favourite && 'favourite', photo.damaged && 'damaged'].flatMap((mark) => mark || [])
    ),
    ...list('in the trash', trashed ? [`by ${trashed.by.name}, at ${trashed.at}`] : [])
  ]
}

function dateOf({ local, zone, offsetMinutes, source, precision }: CapturedAt): string {
  const minutes = Math.abs(offsetMinutes ?? 0)
  const two = (value: number): string => String(value).padStart(2, '0')
  const offset = `${(offsetMinutes ?? 0) < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`
  const known = offsetMinutes === null ? '' : ` ${offset}`
  return `${local.replace('T', ' ')}${known}${zone ? ` ${zone}` : ''} (to the ${precision}, from ${source})`
}

function textOf(value: string | string[] | CapturedAt): string {
  if (typeof value === 'string') return `"${value}"`
  return Array.isArray(value) ? `[${value.join(', ')}]` : value.local
}

function line(label: string, value: Sayable): Said {
  return say`  ${dim(label.padEnd(LABEL))} ${value}`
}

/** A line for each value, the label before the first. */
function list(label: string, values: string[]): Said[] {
  return values.map((value, at) => line(at === 0 ? label : '', value))
}
