import type { Contribution, PhotoRecord } from './rows.ts'

/** Members who gave some bytes and have not taken them back, in order. */
export function givers(contributions: Contribution[]): number[] {
  const members = contributions.filter((one) => !one.withdrawn).map((one) => one.member)
  return [...new Set(members)].sort((a, b) => a - b)
}

/** Members who gave a photo, or what moves of it. */
export function giversOf({ contributions, half }: PhotoRecord): Set<number> {
  return new Set([...givers(contributions), ...(half?.by ?? [])])
}
