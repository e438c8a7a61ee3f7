// A portal of an album, and visitors who come in as a browser does.
import type { Assertions } from 'brittle'
import type { Album } from './plain.ts'
import { tmp } from './helpers.ts'
import { type Portal, type PortalOptions, createPortal } from '../lib/portal/index.ts'

export const ORIGIN = 'http://127.0.0.1:8000'

/** A portal in a new folder, closed after the test. The page is none: these tests are about what stands behind it. */
export async function openPortal(
  t: Assertions,
  album: Album,
  options: Partial<PortalOptions> = {}
): Promise<Portal> {
  const folder = options.folder ?? tmp(t)
  const onerror = (error: unknown): void => t.fail(`foreseen by nobody: ${String(error)}`)
  const portal = await createPortal(album, { folder, page: null, onerror, ...options })
  t.teardown(() => portal.close(), { order: -1 })
  return portal
}

export interface Answer<T = never> {
  status: number
  body: T
  headers: Headers
}

type Body = string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>
type Init = Omit<RequestInit, 'headers' | 'body'> & {
  headers?: Record<string, string>
  body?: Body | undefined
}

/** Somebody's browser: it keeps its cookie and says where it comes from. */
export class Browser {
  readonly #fetch: (request: Request) => Promise<Response>
  readonly origin: string
  cookie = ''

  constructor(fetch: (request: Request) => Promise<Response>, origin: string = ORIGIN) {
    this.#fetch = fetch
    this.origin = origin
  }

  async raw(path: string, init: Init = {}): Promise<Response> {
    const headers: Record<string, string> = { ...init.headers }
    if (this.cookie) headers.cookie ??= this.cookie
    const write = init.method !== undefined && !['GET', 'HEAD'].includes(init.method)
    if (write) {
      headers.origin ??= this.origin
      headers['x-hyperalbum'] ??= '1'
    }
    const streamed = init.body instanceof ReadableStream ? { duplex: 'half' } : {}
    const request = new Request(this.origin + path, { ...init, ...streamed, headers } as RequestInit)
    const response = await this.#fetch(request)
    const cookie = response.headers.getSetCookie()[0]?.split(';')[0]
    if (cookie) this.cookie = cookie
    return response
  }

  async ask<T = never>(path: string, init: Init = {}): Promise<Answer<T>> {
    const response = await this.raw(path, init)
    const text = await response.text()
    const json = response.headers.get('content-type')?.startsWith('application/json') && text !== ''
    const body = (json ? JSON.parse(text) : text) as T
    return { status: response.status, body, headers: response.headers }
  }

  /** A write of JSON. */
  send<T = never>(method: string, path: string, body: unknown = {}): Promise<Answer<T>> {
    const headers = { 'content-type': 'application/json' }
    return this.ask<T>(path, { method, headers, body: JSON.stringify(body) })
  }

  async join(secret: string): Promise<number> {
    return (await this.send('POST', '/api/session', { secret })).status
  }
}

/** A browser that came in by a new link for a member. */
export async function visit(portal: Portal, memberId: string): Promise<Browser> {
  const browser = new Browser((request) => portal.fetch(request))
  const { secret } = await portal.links.create({ memberId })
  if ((await browser.join(secret)) !== 204) throw new Error('The link did not let them in')
  return browser
}
