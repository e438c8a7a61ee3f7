// A link as a QR code, and as a text to copy: on plain HTTP there is no clipboard API, but what is selected can be copied.
import type { JSX } from 'preact'
import { useRef, useState } from 'preact/hooks'
import { encode } from 'uqr'
import { texts } from '../texts.ts'

export function QrLink({ link }: { link: string }): JSX.Element {
  const field = useRef<HTMLInputElement>(null)
  const [said, say] = useState('')
  const copy = (): void => {
    field.current?.select()
    say(document.execCommand('copy') ? texts.people.copied : texts.people.copyHint)
  }
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
      <div class="inline">
        <label class="field">
          <span>{texts.people.link}</span>
          <input
            ref={field}
            type="text"
            readOnly
            value={link}
            onFocus={(event) => event.currentTarget.select()}
          />
        </label>
        <button type="button" onClick={copy}>
          {texts.people.copy}
        </button>
      </div>
      <p class="muted" role="status">
        {said}
      </p>
    </div>
  )
}
