import type { Album } from '../album.ts'
import { AlbumError } from '../errors.ts'
import type { Photo } from '../types.ts'
import type { AlbumContext, Options } from './command.ts'
import type { Said } from './said.ts'

const MIN_DIGITS = 4

/**
 * The one that is meant by a name, or by the first digits of an id. A name that is exactly one's stands for that one.
 * Throws `NOT_FOUND`, or `BAD_ARGUMENT` where several may be meant.
 */
export function onlyOne<T extends { id: string; name?: string }>(all: T[], given: string, what: string): T {
  const wanted = fold(given)
  const named = all.filter((one) => one.name !== undefined && fold(one.name) === wanted)
  const found =
    named.length > 0 ? named : all.filter((one) => given.length > 0 && one.id.startsWith(given.toLowerCase()))
  const [one] = found
  if (!one) throw new AlbumError('NOT_FOUND', `There is no ${what} ${given}`)
  if (found.length > 1) {
    const ids = found.map(({ id }) => id.slice(0, 12)).join(', ')
    throw new AlbumError('BAD_ARGUMENT', `${given} may be several: say which by the id (${ids})`)
  }
  return one
}

/** A device that is meant by its name, its id, or by a member who has no other. */
export async function deviceOf(album: Album, given: string): Promise<{ id: string; name: string }> {
  const members = (await album.members.list()).filter(({ removed }) => !removed)
  const here = members.map(({ name, devices }) => ({
    name,
    devices: devices.filter(({ removed }) => !removed)
  }))
  const [only, another] = here.filter(({ name }) => fold(name) === fold(given))
  const [device, further] = another ? [] : (only?.devices ?? [])
  if (device && !further) return device
  return onlyOne(
    here.flatMap(({ devices }) => devices),
    given,
    'device'
  )
}

function fold(name: string): string {
  return name.normalize('NFC').toLowerCase()
}

/** The photo that is meant by the first digits of its id. Throws `NOT_FOUND` and `BAD_ARGUMENT`. */
export async function photoOf(album: Album, digits: string): Promise<Photo> {
  // Fewer stand for some photo too often, and none for the only one there is.
  if (digits.length < MIN_DIGITS) {
    throw new AlbumError('BAD_ARGUMENT', `A photo is named by ${MIN_DIGITS} digits of its id, or more`)
  }
  const found = await album.find(digits.toLowerCase())
  const [one] = found
  if (!one) throw new AlbumError('NOT_FOUND', `There is no photo ${digits}`)
  if (found.length > 1)
    throw new AlbumError('BAD_ARGUMENT', `${digits} may be several photos: say more of the id`)
  return one
}

/** The same of many, each once. */
export async function photosOf(album: Album, all: string[]): Promise<Photo[]> {
  const photos = new Map<string, Photo>()
  for (const digits of all) {
    const photo = await photoOf(album, digits)
    photos.set(photo.id, photo)
  }
  return [...photos.values()]
}

/** Asks whether it is meant; throws `BAD_ARGUMENT` where nobody is there to ask, and `ABORTED` for a no. */
export async function confirm({ terminal }: AlbumContext, question: Said, options: Options): Promise<void> {
  if (options['yes'] === true) return
  const answer = await terminal.ask(`${terminal.colour ? question.text : question.plain} [y/N] `)
  if (terminal.signal.aborted) throw new AlbumError('ABORTED', 'Stopped')
  if (answer === null) {
    throw new AlbumError('BAD_ARGUMENT', 'Nobody is there to ask: say --yes if it is meant')
  }
  if (!isYes(answer)) throw new AlbumError('ABORTED', 'Nothing was done')
}

export function isYes(answer: string): boolean {
  return /^\s*y(es)?\s*$/i.test(answer)
}

/** Ids of collections by their names; those that are not there are made. */
export async function collectionsNamed(album: Album, names: string[]): Promise<string[]> {
  const ids: string[] = []
  for (const name of names) {
    const there = (await album.collections.list()).filter((one) => fold(one.name) === fold(name))
    const chosen =
      there.length > 0 ? onlyOne(there, name, 'collection') : await album.collections.create({ name })
    ids.push(chosen.id)
  }
  return ids
}
