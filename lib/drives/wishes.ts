import b4a from 'b4a'
import { AlbumError } from '../errors.ts'
import type { Keychain } from '../log/keychain.ts'
import type { Keep, KeepRule, KeepRules, KeepSome } from '../types.ts'
import { Mutex } from '../util/wait.ts'

/** The variants that there are rules for. */
export const KEPT = ['thumbnail', 'preview', 'original'] as const

const WORDS: unknown[] = ['all', 'none', 'asked']
const FLAGS = ['mine', 'favourites']
const NUMBERS = ['recent', 'budget']
const AT_FIRST: KeepRules = { thumbnail: 'all', preview: 'asked', original: 'asked' }
// Where the keychain keeps the rules, and how far the background has come by them.
const RULES = 'keep'
const MARK = 'kept'

/** What this device is to keep, as it was told last, and how far the background has come by that. */
export class Wishes {
  readonly #keychain: Pick<Keychain, 'get' | 'put' | 'delete'>
  readonly #given: Keep | undefined
  readonly #turns = new Mutex()
  #rules: KeepRules | null = null

  constructor(keychain: Pick<Keychain, 'get' | 'put' | 'delete'>, given: Keep | undefined) {
    this.#keychain = keychain
    this.#given = given
  }

  rules(): Promise<KeepRules> {
    return this.#turns.run(() => this.#read())
  }

  async #read(): Promise<KeepRules> {
    if (this.#rules) return this.#rules
    const kept = await this.#keychain.get(RULES)
    const before = kept ? (JSON.parse(b4a.toString(kept)) as KeepRules) : AT_FIRST
    return this.#take(before, this.#given ?? {})
  }

  change(keep: Keep): Promise<KeepRules> {
    checkKeep(keep)
    return this.#turns.run(async () => this.#take(await this.#read(), keep))
  }

  async #take(before: KeepRules, keep: Keep): Promise<KeepRules> {
    const rules = merge(before, keep)
    const text = JSON.stringify(rules)
    if (text !== JSON.stringify(before)) {
      // First: killed in between, it looks at all photos once more.
      await this.#keychain.delete(MARK, '')
      await this.#keychain.put(RULES, '', b4a.from(text))
    } else if (this.#rules) {
      return this.#rules
    }
    this.#rules = rules
    return rules
  }

  /** The cursor up to which all has been done by these rules; null where they have not been gone through yet. */
  async mark(): Promise<string | null> {
    const mark = await this.#keychain.get(MARK, '')
    return mark && b4a.toString(mark)
  }

  /** All has been done up to there, by rules that may have changed meanwhile. */
  reached(rules: KeepRules, cursor: string): Promise<void> {
    return this.#turns.run(async () => {
      if (rules === this.#rules) await this.#keychain.put(MARK, '', b4a.from(cursor))
    })
  }
}

/** Throws `BAD_ARGUMENT` for what says nothing that can be kept. */
export function checkKeep(keep: Keep | undefined): void {
  if (keep === undefined) return
  const variants = Array.isArray(keep) ? keep : Object.keys(keep ?? { '': 0 })
  if (typeof keep !== 'object' || !variants.every((one) => (KEPT as readonly string[]).includes(one))) {
    throw new AlbumError('BAD_ARGUMENT', `What is kept is said of ${KEPT.join(', ')}`)
  }
  if (!Array.isArray(keep)) for (const rule of Object.values(keep)) checkRule(rule)
}

function checkRule(rule: KeepRule): void {
  const isSome = typeof rule === 'object' && rule !== null && !Array.isArray(rule)
  const fields = isSome ? Object.entries(rule) : []
  const right = fields.every(([name, value]) =>
    FLAGS.includes(name)
      ? typeof value === 'boolean'
      : NUMBERS.includes(name) && Number.isSafeInteger(value) && Number(value) >= 0
  )
  const says = fields.some(([, value]) => value !== false)
  if (WORDS.includes(rule) || (isSome && right && says)) return
  throw new AlbumError(
    'BAD_ARGUMENT',
    'A variant is kept `all`, `none` or as `asked`, or by `mine`, `favourites`, `recent` (days) and `budget` (bytes)'
  )
}

function merge(before: KeepRules, keep: Keep): KeepRules {
  const now = { ...before }
  for (const variant of KEPT) {
    if (Array.isArray(keep)) now[variant] = keep.includes(variant) ? 'all' : 'asked'
    else if (keep[variant] !== undefined) now[variant] = copyOf(keep[variant])
  }
  return now
}

/** Rules of the caller's own, to change as they like. */
export function copyRules(rules: KeepRules): KeepRules {
  return merge(rules, rules)
}

// Always in the same order, so that the same rules are the same text.
function copyOf(rule: KeepRule): KeepRule {
  if (typeof rule === 'string') return rule
  const { mine, favourites, recent, budget } = rule
  const some: KeepSome = {}
  if (mine) some.mine = true
  if (favourites) some.favourites = true
  if (recent !== undefined) some.recent = recent
  if (budget !== undefined) some.budget = budget
  return some
}
