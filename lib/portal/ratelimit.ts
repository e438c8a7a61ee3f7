const MOST_ADDRESSES = 10_000

interface Bucket {
  left: number
  at: number
}

/** So many tries in so long, for each address and for all together; what was used comes back evenly. */
export class RateLimit {
  readonly #each: number
  readonly #all: number
  readonly #milliseconds: number
  readonly #buckets: Map<string, Bucket> = new Map()
  readonly #everybody: Bucket

  constructor({ each, all, milliseconds }: { each: number; all: number; milliseconds: number }) {
    this.#each = each
    this.#all = all
    this.#milliseconds = milliseconds
    this.#everybody = { left: all, at: Date.now() }
  }

  /** Takes a try; 0 where there was one, otherwise the seconds to wait. */
  take(address: string): number {
    const key = networkOf(address)
    const now = Date.now()
    const mine = this.#buckets.get(key) ?? { left: this.#each, at: now }
    // The newest are last, so that the oldest are forgotten first.
    this.#buckets.delete(key)
    this.#buckets.set(key, mine)
    const [oldest] = this.#buckets.keys()
    if (this.#buckets.size > MOST_ADDRESSES && oldest !== undefined) this.#buckets.delete(oldest)
    this.#fill(mine, this.#each, now)
    this.#fill(this.#everybody, this.#all, now)
    if (mine.left < 1) return this.#wait(mine, this.#each)
    // Who has used up their own tries must not use up those of others.
    if (this.#everybody.left < 1) return this.#wait(this.#everybody, this.#all)
    mine.left--
    this.#everybody.left--
    return 0
  }

  #fill(bucket: Bucket, most: number, now: number): void {
    bucket.left = Math.min(most, bucket.left + ((now - bucket.at) / this.#milliseconds) * most)
    bucket.at = now
  }

  #wait(bucket: Bucket, most: number): number {
    return Math.ceil((((1 - bucket.left) / most) * this.#milliseconds) / 1000)
  }
}

/** Whoever has an IPv6 address has 2^64 of them. */
function networkOf(address: string): string {
  if (!address.includes(':') || address.includes('.')) return address
  const [left = '', right] = address.split('::')
  const groups = left.split(':')
  if (right !== undefined) while (groups.length < 4) groups.push('0')
  return groups.slice(0, 4).join(':')
}
