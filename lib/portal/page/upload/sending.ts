// One attempt to send a file by tus: it goes on where a former one ended, also one of a page that was closed.
import { DetailedError, Upload } from 'tus-js-client'
import type { UploadResult } from '../../api.ts'
import { PortalError, addressOf, get, signedOut } from '../client.ts'
import { me } from '../session.ts'
import type { Item } from './state.ts'

/** A connection that moves nothing for so long is dead, whatever the browser thinks of it. */
const SILENCE = 45_000
/** While the album reads and decodes what came, nothing is heard. */
const ADDING = 600_000
const ASK_AGAIN = 1500

const RESULTS = ['added', 'duplicate', 'trashed'] as const

/** Whether another attempt may go better. */
export function mayGoBetter(error: unknown): boolean {
  if (!(error instanceof PortalError)) return false
  const { status } = error
  return status === 0 || status >= 500 ? status !== 507 : [408, 409, 423, 425, 429].includes(status)
}

/** Resolves to what became of the file; throws a `PortalError`. */
export async function sendFile(
  item: Item,
  signal: AbortSignal,
  onsent: (bytes: number) => void
): Promise<UploadResult> {
  const { file, sha256, collection } = item
  const metadata: Record<string, string> = { filename: file.name, lastModified: String(file.lastModified) }
  if (sha256) metadata['sha256'] = sha256
  if (collection) metadata['collection'] = collection
  const fingerprint = [
    'hyperalbum',
    me.value?.album.id,
    me.value?.member.id,
    sha256 ?? idOf(file),
    collection
  ].join(' ')
  let told = ''
  let photo: string | null = null

  const url = await new Promise<string>((resolve, reject) => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const stop = (error: PortalError, terminate: boolean): void => {
      clearTimeout(timer)
      // What waits for its end still wants to be told, also where the portal is not reached.
      void upload.abort(terminate).catch(() => {})
      reject(error)
    }
    const alive = (sent: number): void => {
      clearTimeout(timer)
      const dead = (): void => stop(new PortalError('OFFLINE', 'Nothing moved for too long'), false)
      timer = setTimeout(dead, sent === file.size ? ADDING : SILENCE)
    }
    const upload = new Upload(file, {
      endpoint: addressOf('api/uploads'),
      headers: { 'x-hyperalbum': '1' },
      metadata,
      fingerprint: () => Promise.resolve(fingerprint),
      removeFingerprintOnSuccess: true,
      // Attempts are made by who calls: it knows when the network is back.
      retryDelays: null,
      onProgress: (sent) => {
        alive(sent)
        onsent(sent)
      },
      onAfterResponse: (_request, response) => {
        told = response.getHeader('X-Hyperalbum-Result') ?? told
        photo = response.getHeader('X-Hyperalbum-Photo') ?? photo
      },
      onSuccess: () => {
        clearTimeout(timer)
        resolve(upload.url ?? '')
      },
      onError: (error) => {
        clearTimeout(timer)
        reject(errorOf(error))
      }
    })
    signal.addEventListener('abort', () => stop(new PortalError('ABORTED', 'Cancelled', 400), true))
    alive(0)
    upload.findPreviousUploads().then(
      ([former]) => {
        if (signal.aborted) return
        if (former) upload.resumeFromPreviousUpload(former)
        upload.start()
      },
      () => upload.start()
    )
  })

  const status = RESULTS.find((one) => one === told)
  if (status) return { status, photo, error: null }
  if (told.startsWith('failed:'))
    return { status: 'failed', photo: null, error: { code: told.slice(7), message: '' } }
  return resultOf(url, signal)
}

/** The answer to the last byte was lost: the portal tells it again. */
async function resultOf(url: string, signal: AbortSignal): Promise<UploadResult> {
  for (;;) {
    const result = await get<UploadResult>(`uploads/${url.split('/').at(-1)}/result`, {}, signal)
    if (result.status !== 'pending') return result
    await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN))
  }
}

function errorOf(error: Error | DetailedError): PortalError {
  const response = error instanceof DetailedError ? error.originalResponse : null
  const status = response?.getStatus() ?? 0
  if (status === 401) signedOut.set(true)
  if (status === 0) {
    // Without a request it was the file that could not be read: it changed, or is not there any more.
    const asked = error instanceof DetailedError && error.originalRequest
    return asked
      ? new PortalError('OFFLINE', error.message)
      : new PortalError('FILE_UNREADABLE', error.message, 400)
  }
  return new PortalError(codeIn(response?.getBody() ?? ''), error.message, status)
}

function codeIn(body: string): string {
  try {
    return (JSON.parse(body) as { error: { code: string } }).error.code
  } catch {
    return 'FAILED'
  }
}

/** Where a file has no hash: good enough to find it again on the same device. */
function idOf(file: File): string {
  return `${file.name} ${file.size} ${file.lastModified}`
}
