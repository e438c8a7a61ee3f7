// What the page asks of its portal. Addresses are relative to the document: the portal may lie below a prefix.
import type { ApiError, PhotoVariant } from '../api.ts'
import { Store } from './store.ts'

/** What the portal refused, or `OFFLINE` where it was not reached at all. */
export class PortalError extends Error {
  readonly code: string
  readonly status: number
  readonly holders: string[]

  constructor(code: string, message: string, status = 0, holders: string[] = []) {
    super(message)
    this.name = 'PortalError'
    this.code = code
    this.status = status
    this.holders = holders
  }
}

/** Whether the portal still knows this visitor: once it said 401, only a new link helps. */
export const signedOut: Store<boolean> = new Store(false)

/** The code of any error, for words in `texts`. */
export function codeOf(error: unknown): string {
  return error instanceof PortalError ? error.code : 'FAILED'
}

export type Query = Record<string, string | number | undefined>

/** An address of the portal, whole. */
export function addressOf(path: string, query: Query = {}): string {
  const address = new URL(path, document.baseURI)
  address.hash = ''
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') address.searchParams.set(name, String(value))
  }
  return address.href
}

/** Where a photo's bytes are. */
export function photoAddress(id: string, variant: PhotoVariant, query: Query = {}): string {
  return addressOf(`photo/${id}/${variant}`, query)
}

export async function get<T>(path: string, query: Query = {}, signal?: AbortSignal): Promise<T> {
  return answerOf<T>(await reach(addressOf(`api/${path}`, query), signal ? { signal } : {}))
}

export type Method = 'POST' | 'PATCH' | 'DELETE'

/** A write: it carries the header that a form of another site cannot send. */
export async function send<T = void>(method: Method, path: string, body?: object): Promise<T> {
  const headers: Record<string, string> = { 'x-hyperalbum': '1' }
  if (body) headers['content-type'] = 'application/json'
  const init: RequestInit = { method, headers }
  if (body) init.body = JSON.stringify(body)
  return answerOf<T>(await reach(addressOf(`api/${path}`), init))
}

/** Why a photo's bytes cannot be had: null where they can by now. Nobody is waited for long who is not there. */
export async function whyNot(address: string): Promise<PortalError | null> {
  const asked = new URL(address)
  asked.searchParams.set('soon', '1')
  try {
    const response = await reach(asked.href, { method: 'GET', headers: { range: 'bytes=0-0' } })
    if (response.ok) {
      await response.body?.cancel()
      return null
    }
    return await errorOf(response)
  } catch (error) {
    return error instanceof PortalError ? error : new PortalError('FAILED', String(error))
  }
}

async function reach(address: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(address, { credentials: 'same-origin', ...init })
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    throw new PortalError('OFFLINE', 'The portal was not reached')
  }
}

async function answerOf<T>(response: Response): Promise<T> {
  if (!response.ok) throw await errorOf(response)
  return (response.status === 204 ? undefined : await response.json()) as T
}

async function errorOf(response: Response): Promise<PortalError> {
  if (response.status === 401) signedOut.set(true)
  const body = (await response.json().catch(() => null)) as ApiError | null
  const { code = 'FAILED', message = response.statusText, holders = [] } = body?.error ?? {}
  return new PortalError(code, message, response.status, holders)
}
