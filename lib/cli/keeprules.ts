import { AlbumError } from '../errors.ts'
import type { Keep, KeepRule, KeepRules, KeepSome } from '../types.ts'
import { wholeOf } from './units.ts'

const VARIANTS: string[] = ['thumbnail', 'preview', 'original']
const WORDS: string[] = ['all', 'none', 'asked']
const SIZES: Record<string, number> = { B: 1, kB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 }

export const FORMS = 'original, preview=none, original=mine,favourites,recent:90,budget:20GB'

/** What is to be kept, of `original`, `preview=none` or `original=mine,favourites,recent:90,budget:20GB`. */
export function keepOf(texts: string[]): Keep {
  const keep: Partial<KeepRules> = {}
  for (const text of texts) {
    const [, variant = '', rule = 'all'] = /^([a-z]+)(?:=(.+))?$/.exec(text) ?? []
    if (!VARIANTS.includes(variant))
      throw new AlbumError('BAD_ARGUMENT', `${text} says of none of ${VARIANTS.join(', ')}`)
    keep[variant as keyof KeepRules] = ruleOf(rule)
  }
  return keep
}

function ruleOf(text: string): KeepRule {
  if (WORDS.includes(text)) return text as KeepRule
  const some: KeepSome = {}
  for (const one of text.split(',')) {
    const [, name, value] = /^([a-z]+)(?::(\w+))?$/.exec(one) ?? []
    if (name === 'mine' && !value) some.mine = true
    else if (name === 'favourites' && !value) some.favourites = true
    else if (name === 'recent' && value) some.recent = wholeOf(value, 0)
    else if (name === 'budget' && value) some.budget = sizeOf(value)
    else throw new AlbumError('BAD_ARGUMENT', `${one} is no rule: write ${FORMS}`)
  }
  return some
}

/** Bytes of `500MB` or `20GB`. Throws `BAD_ARGUMENT`. */
export function sizeOf(text: string): number {
  const [, digits, unit = ''] = /^(\d{1,15})(B|kB|MB|GB|TB)$/.exec(text) ?? []
  const size = Number(digits) * (SIZES[unit] ?? NaN)
  if (!Number.isSafeInteger(size))
    throw new AlbumError('BAD_ARGUMENT', `${text} is no size: write 500MB or 20GB`)
  return size
}

/** A rule for people, as it is typed. */
export function ruleText(rule: KeepRule): string {
  if (typeof rule === 'string') return rule
  const { mine, favourites, recent, budget } = rule
  const parts = [mine && 'mine', favourites && 'favourites', recent !== undefined && `recent:${recent}`]
  if (budget !== undefined) parts.push(`budget:${sizeText(budget)}`)
  return parts.filter((part) => part !== false && part !== undefined).join(',')
}

// As it can be typed again.
function sizeText(bytes: number): string {
  const [unit = 'B', size = 1] = Object.entries(SIZES).findLast(([, one]) => bytes % one === 0) ?? []
  return `${bytes / size}${unit}`
}
