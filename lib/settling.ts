import { AlbumError } from './errors.ts'
import type { Session } from './session.ts'
import type { Signal } from './types.ts'
import type { Cast } from './view/cast.ts'
import { covers } from './view/ranges.ts'

/** Resolves when `copies` other devices say that they hold all originals this device added; or the signal aborts. */
export async function settled(session: Session, copies: number, signal: Signal): Promise<void> {
  let wake = (): void => {}
  let changed = true
  const onchange = (): void => {
    changed = true
    wake()
  }
  session.updated.on('update', onchange)
  signal.addEventListener('abort', onchange)
  try {
    while (!signal.aborted) {
      if (session.closed) throw new AlbumError('CLOSED', 'The album was closed meanwhile')
      if (changed) {
        changed = false
        if (await isSettled(session, await session.queries.cast(), copies)) return
      } else {
        await new Promise<void>((resolve) => (wake = resolve))
      }
    }
  } finally {
    session.updated.off('update', onchange)
    signal.removeEventListener('abort', onchange)
  }
}

async function isSettled(session: Session, cast: Cast, copies: number): Promise<boolean> {
  const device = cast.deviceByWriter(session.log.writer)
  const drives = device === null ? [] : cast.drivesOf(device.number)
  const holders = new Map<number, number[][]>()
  for (let drive = 1; device && drive <= drives.length; drive++) {
    const held = await session.queries.holdings((holdings) => holdings.drive(device.number, drive, false))
    const current = [...held].filter(
      ([holder]) => holder !== device.number && cast.devices.get(holder)?.removed === false
    )
    holders.set(
      drive,
      current.map(([, { ranges }]) => ranges)
    )
  }
  if (!device) return true
  const everything = {
    span: { from: null, to: null },
    type: null,
    tag: null,
    collection: null,
    favouriteOf: null
  }
  // This member's photos; those another device of theirs added are not this device's to wait for.
  const selection = { ...everything, trashed: false, reverse: false, limit: Infinity, after: null }
  for await (const { record } of session.queries.list({ ...selection, member: device.row.member })) {
    const { half } = record
    const moving = half?.by ? await session.queries.rows((rows) => rows.record(half.id)) : null
    for (const one of [...record.contributions, ...(moving?.record.contributions ?? [])]) {
      if (one.device !== device.number || one.withdrawn) continue
      const { blockOffset, blockLength } = one.original
      const count = (holders.get(one.drive) ?? []).filter((ranges) =>
        covers(ranges, blockOffset, blockLength)
      ).length
      if (count < copies) return false
    }
  }
  return true
}
