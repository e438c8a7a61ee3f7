import type { KeepRule, KeepRules, KeepSome } from '../types.ts'
import { giversOf } from '../view/givers.ts'
import type { PhotoRecord } from '../view/rows.ts'
import { KEPT } from './wishes.ts'

const DAY = 86_400_000

/** A variant that there are rules for. */
export type Kept = (typeof KEPT)[number]

/** What is to become of a variant of a photo; `leave` it as it is. */
export type Verdict = 'keep' | 'drop' | 'leave'

/** Chooses by the rules what this device keeps. Budgets are filled in the order in which it is asked. */
export class Choice {
  readonly #rules: KeepRules
  readonly #member: number
  readonly #now: number
  readonly #planned = new Map<Kept, number>()

  /** `member` is the number of this device's member. */
  constructor(rules: KeepRules, member: number, now: number = Date.now()) {
    this.#rules = rules
    this.#member = member
    this.#now = now
  }

  /** By all but a budget. */
  wants(variant: Kept, record: PhotoRecord): Verdict {
    const rule = this.#rules[variant]
    if (rule === 'asked') return 'leave'
    if (rule === 'all') return record.trashed === null ? 'keep' : 'leave'
    return rule !== 'none' && record.trashed === null && this.#meets(rule, record) ? 'keep' : 'drop'
  }

  /** By the budget too, where the variant takes so many bytes beside this device's own. */
  verdict(variant: Kept, record: PhotoRecord, bytes: number): Verdict {
    const verdict = this.wants(variant, record)
    const budget = budgetOf(this.#rules[variant])
    if (verdict !== 'keep' || budget === null) return verdict
    const planned = (this.#planned.get(variant) ?? 0) + bytes
    if (planned > budget) return 'drop'
    this.#planned.set(variant, planned)
    return 'keep'
  }

  #meets({ mine, favourites, recent }: KeepSome, record: PhotoRecord): boolean {
    if (!mine && !favourites && recent === undefined) return true
    if (mine && giversOf(record).has(this.#member)) return true
    if (favourites && this.isFavourite(record)) return true
    return recent !== undefined && record.captured.local >= this.#now - recent * DAY
  }

  isFavourite(record: PhotoRecord): boolean {
    return record.favourites?.includes(this.#member) === true
  }
}

export function budgetOf(rule: KeepRule): number | null {
  return typeof rule === 'string' ? null : (rule.budget ?? null)
}

/** Whether some rule depends on what else is kept. */
export function haveBudget(rules: KeepRules): boolean {
  return KEPT.some((variant) => budgetOf(rules[variant]) !== null)
}

/** Whether photos leave by themselves as time goes by. */
export function haveDays(rules: KeepRules): boolean {
  return KEPT.some((variant) => {
    const rule = rules[variant]
    return typeof rule !== 'string' && rule.recent !== undefined
  })
}

/** Whether anything of a variant may have to be dropped. */
export function mayDrop(rule: KeepRule): boolean {
  return rule !== 'all' && rule !== 'asked'
}
