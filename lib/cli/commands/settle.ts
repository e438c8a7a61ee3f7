import { type AlbumContext, type Options, oneOf } from '../command.ts'
import { say } from '../said.ts'
import { waitOf, wholeOf } from '../units.ts'

export async function settle(
  { album, output, terminal }: AlbumContext,
  _: string[],
  options: Options
): Promise<void> {
  const copies = wholeOf(oneOf(options, 'copies') ?? '1', 1)
  const timeout = oneOf(options, 'timeout')
  output.note(
    say`Waiting until ${copies === 1 ? 'another device has' : `${copies} other devices have`} all photos of this one.`
  )
  await album.settled({
    copies,
    signal: terminal.signal,
    ...(timeout && { timeout: waitOf(timeout) })
  })
  await output.result({ settled: true, copies }, say`All photos of this device are elsewhere too.`)
}
