import { createHash, randomBytes } from 'node:crypto'

const SECRET = /^[\w-]{43}$/

/** 256 random bits: nobody guesses it, so its hash needs no salt. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url')
}

/** A name for something that is no secret. */
export function newId(): string {
  return randomBytes(16).toString('hex')
}

/**
 * What is kept of a secret. It is looked up by this hash, so that how long that takes says nothing of the secret; null
 * where the text cannot be one.
 */
export function hashOf(secret: string | undefined): string | null {
  if (secret === undefined || !SECRET.test(secret)) return null
  return createHash('sha256').update(secret).digest('hex')
}
