/** Bytes of a file, both inclusive. */
export interface Range {
  start: number
  end: number
}

/**
 * What a `Range` header asks for of so many bytes: `null` for the whole, where there is no header or one that means
 * nothing; `unsatisfiable` for a range outside, and for several at once, which would let a small request ask for much.
 */
export function rangeOf(header: string | null, size: number): Range | null | 'unsatisfiable' {
  const match = /^bytes=([\d\s,-]+)$/i.exec(header?.trim() ?? '')
  if (!match) return null
  const parts = (match[1] as string).split(',')
  if (parts.length > 1) return 'unsatisfiable'
  const [, first = '', last = ''] = /^\s*(\d*)\s*-\s*(\d*)\s*$/.exec(parts[0] as string) ?? []
  if (first === '' && last === '') return null
  if (first === '') {
    const length = Math.min(Number(last), size)
    return length === 0 ? 'unsatisfiable' : { start: size - length, end: size - 1 }
  }
  const start = Number(first)
  if (last !== '' && Number(last) < start) return null
  if (start >= size) return 'unsatisfiable'
  return { start, end: last === '' ? size - 1 : Math.min(Number(last), size - 1) }
}
