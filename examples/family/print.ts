// The album as a member sees it, as lines of plain text.
import type { Album, Photo } from '../../index.ts'

const ROWS = 24

/** Prints the album, oldest photo first; of a large one the first rows. */
export async function print(album: Album, member: string): Promise<void> {
  const { photos } = await album.status()
  const members = await album.members.list()
  const width = Math.max(...members.map(({ name }) => name.length))
  const lines = [`\n${member} sees "${album.name}", ${photos} photos of ${members.length} members`]
  for await (const photo of album.list({ limit: ROWS })) lines.push(rowOf(photo, width))
  if (photos > ROWS) lines.push(`  and ${photos - ROWS} more`)
  console.log(lines.join('\n'))
}

function rowOf({ capturedAt, by, alsoBy, name }: Photo, width: number): string {
  const taken = capturedAt.local.slice(0, 16).replace('T', ' ')
  const others = alsoBy.length === 0 ? '' : ` (also by ${alsoBy.map((one) => one.name).join(', ')})`
  return `  ${taken}  ${by.name.padEnd(width)}  ${name}${others}`
}
