import { bytesOf, durationOf } from '../util/amounts.ts'
import type { BlindMirrorHealth } from './blindevents.ts'
import type { MirrorHealth } from './events.ts'

/** A mirror's health in one line, for a log. */
export function healthLine(health: MirrorHealth, now: number = Date.now()): string {
  const { known, held, counting, bytes, online, changedAt, diskFree, memory, trouble } = health
  const ago = changedAt === null ? null : Math.max(0, now - Date.parse(changedAt)) / 1000
  return [
    `${held} of ${known} photos held${counting ? ' (counting)' : ''}, ${bytesOf(bytes)}`,
    `${online.length} online`,
    ago === null ? 'no change yet' : `last change ${durationOf(ago)} ago`,
    `${bytesOf(diskFree)} of disk free`,
    `${bytesOf(memory)} of memory`,
    ...(trouble === null ? [] : [trouble])
  ].join(' · ')
}

/** A blind mirror's health in one line, for a log. */
export function blindHealthLine({
  allowed,
  online,
  cores,
  bytes,
  diskFree,
  memory,
  full
}: BlindMirrorHealth): string {
  return [
    `${bytesOf(bytes)} held, in ${cores} cores`,
    `${online} of ${allowed} devices online`,
    `${bytesOf(diskFree)} of disk free`,
    `${bytesOf(memory)} of memory`,
    ...(full ? ['full'] : [])
  ].join(' · ')
}
