// Blocks of a core as a receipt has them: start, length, start, length..., in order and apart.

/** Whether ranges hold all of these blocks. */
export function covers(ranges: number[], offset: number, length: number): boolean {
  for (let i = 0; i + 1 < ranges.length; i += 2) {
    const start = ranges[i] as number
    if (start <= offset && offset + length <= start + (ranges[i + 1] as number)) return true
  }
  return false
}

/** Ranges without these blocks; where that makes more than `most` numbers, the last ones are left out. */
export function without(ranges: number[], offset: number, length: number, most: number): number[] {
  const left: number[] = []
  const keep = (start: number, end: number): void => {
    if (start < end && left.length + 2 <= most) left.push(start, end - start)
  }
  for (let i = 0; i + 1 < ranges.length; i += 2) {
    const start = ranges[i] as number
    const end = start + (ranges[i + 1] as number)
    keep(start, Math.min(end, offset))
    keep(Math.max(start, offset + length), end)
  }
  return left
}
