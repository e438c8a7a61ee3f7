// A link as a QR code, and as a text to select: on plain HTTP no page may write to the clipboard.
import type { JSX } from 'preact'
import { encode } from 'uqr'
import { texts } from '../texts.ts'

export function QrLink({ link }: { link: string }): JSX.Element {
  const { data, size } = encode(link, { ecc: 'M', border: 4 })
  const path = data.flatMap((row, y) => row.flatMap((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : []))).join('')
  return (
    <div class="qr">
      <svg
        viewBox={`0 0 ${size} ${size}`}
        role="img"
        aria-label={texts.people.qr}
        shape-rendering="crispEdges"
      >
        <rect width={size} height={size} fill="#fff" />
        <path d={path} fill="#000" />
      </svg>
      <label class="field">
        <span>{texts.people.copyHint}</span>
        <input type="text" readOnly value={link} onFocus={(event) => event.currentTarget.select()} />
      </label>
    </div>
  )
}
