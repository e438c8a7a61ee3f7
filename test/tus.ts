// Resumable uploads (tus 1.0.0), a request at a time.
import crypto from 'node:crypto'
import type { ApiError } from '../lib/portal/api.ts'
import type { Answer, Browser } from './portal.ts'

export const TUS: Record<string, string> = { 'tus-resumable': '1.0.0' }
export const BYTES: Record<string, string> = { ...TUS, 'content-type': 'application/offset+octet-stream' }

function metadata(fields: Record<string, string>): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name} ${Buffer.from(value).toString('base64')}`)
    .join(',')
}

export function create(
  browser: Browser,
  size: number,
  fields: Record<string, string> = { filename: 'a.png' }
): Promise<Answer<ApiError>> {
  const headers = { ...TUS, 'upload-length': String(size), 'upload-metadata': metadata(fields) }
  return browser.ask<ApiError>('/api/uploads', { method: 'POST', headers })
}

export async function begin(
  browser: Browser,
  size: number,
  fields?: Record<string, string>
): Promise<string> {
  const { status, headers } = await create(browser, size, fields)
  if (status !== 201) throw new Error(`No upload was made: ${status}`)
  return headers.get('location') ?? ''
}

export function send(
  browser: Browser,
  url: string,
  offset: number,
  bytes: Uint8Array
): Promise<Answer<ApiError>> {
  const headers = { ...BYTES, 'upload-offset': String(offset), 'content-length': String(bytes.byteLength) }
  return browser.ask<ApiError>(url, { method: 'PATCH', headers, body: new Uint8Array(bytes) })
}

export async function offsetOf(browser: Browser, url: string): Promise<number | string> {
  const response = await browser.raw(url, { method: 'HEAD', headers: TUS })
  return response.ok ? Number(response.headers.get('upload-offset')) : `status ${response.status}`
}

export const sha256 = (bytes: Uint8Array): string => crypto.createHash('sha256').update(bytes).digest('hex')
