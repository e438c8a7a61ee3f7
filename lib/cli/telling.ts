import type { Photo, PhotoResult } from '../types.ts'
import { codeOf } from '../errors.ts'
import { errorOf, exitOfCodes, faultOf } from './faults.ts'
import type { Output } from './output.ts'
import { type Said, say } from './said.ts'

/** As much of an id as people need. */
export function shortOf(id: string): string {
  return id.slice(0, 8)
}

/** How long something is good, by the clock here: `until 2026-12-04 18:16`. */
export function untilOf(expiresAt: string | null): string {
  return expiresAt ? `until ${momentOf(expiresAt)}` : 'for ever'
}

/** How often something may be used; 0 for any number. */
export function timesOf(uses: number): string {
  return uses === 0 ? 'any number of times' : uses === 1 ? 'once' : `${uses} times`
}

/** How often something was used, and may be. */
export function usedOf({ uses, used }: { uses: number; used: number }): string {
  return uses === 0 ? `used ${used} times` : `used ${used} of ${uses} times`
}

/** `1 device`, `3 devices` */
export function counted(count: number, what: 'device' | 'photo'): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}

/** When something was, by the clock here: `2026-12-04 18:16`. */
export function momentOf(iso: string): string {
  return new Date(iso).toLocaleString('sv').slice(0, 16)
}

/** A photo in a line of a list. */
export function lineOf(photo: Photo): Said {
  const { local, precision } = photo.capturedAt
  const when =
    precision === 'year' ? local.slice(0, 4) : precision === 'day' ? local.slice(0, 10) : local.slice(0, 19)
  const marks = `${photo.favourite ? ' *' : ''}${photo.damaged ? ' (damaged)' : ''}`
  return say`${shortOf(photo.id)}  ${when.replace('T', ' ').padEnd(19)}  ${photo.by.name}  ${photo.name}${marks}`
}

/** A photo as JSON has it: the placeholder in base64. */
export function plainOf(photo: Photo): object {
  const { placeholder, ...rest } = photo
  return { ...rest, placeholder: placeholder && Buffer.from(placeholder).toString('base64') }
}

/** Tells what became of each photo; answers the exit code. */
export async function tellResults(
  output: Output,
  results: PhotoResult[],
  told: (photo: Photo) => Said
): Promise<number> {
  for (const { id, status, photo, error } of results) {
    const object = { id, status, photo: photo && plainOf(photo), error: errorOf(error) }
    if (error) await output.failure(object, faultOf(error))
    else await output.result(object, photo && told(photo))
  }
  return exitOfCodes(results.flatMap(({ error }) => (error ? codeOf(error) : [])))
}
