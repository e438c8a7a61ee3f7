// Why there is no picture, and when there will be.
import type { JSX } from 'preact'
import type { Cell, PhotoDetails } from '../../api.ts'
import { photoAddress } from '../client.ts'
import type { PortalError } from '../client.ts'
import { errorText, texts } from '../texts.ts'

interface Props {
  cell: Cell
  error: PortalError | null
  details: PhotoDetails | null
  onAgain: () => void
}

export function Cannot({ cell, error, details, onAgain }: Props): JSX.Element {
  const away = error?.code === 'PHOTO_UNAVAILABLE'
  const known = details?.copies.filter((copy) => !copy.me).map((copy) => copy.member.name) ?? []
  const holders = [...new Set(error?.holders.length ? error.holders : known)]
  const text = away
    ? texts.viewer.unavailable(holders)
    : cell.type === 'video' && !error
      ? texts.viewer.noVideo
      : error && error.code !== 'NOT_FOUND'
        ? errorText(error.code)
        : texts.viewer.failed
  return (
    <div class="cannot" role="alert">
      <p>{text}</p>
      {away || error ? (
        <button type="button" onClick={onAgain}>
          {texts.tryAgain}
        </button>
      ) : (
        <a class="button" href={photoAddress(cell.id, 'original', { download: 1 })} download>
          {texts.actions.download}
        </a>
      )}
    </div>
  )
}
