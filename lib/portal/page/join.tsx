// Before the album: somebody came by a link, or has none that is good.
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { codeOf } from './client.ts'
import { Icon } from './parts/icons.tsx'
import { join, readMe } from './session.ts'
import { errorText, texts } from './texts.ts'

/** A button, not the mere opening of the page, uses the link: what messengers fetch for a preview uses up nothing. */
export function JoinScreen({ secret, onJoined }: { secret: string; onJoined: () => void }): JSX.Element {
  const [busy, work] = useState(false)
  const [failure, fail] = useState('')
  const open = (): void => {
    work(true)
    fail('')
    join(secret)
      .catch(async (error: unknown) => {
        // Who is in already and opens the same message again stays in.
        if (codeOf(error) !== 'LINK_INVALID') throw error
        await readMe().catch(() => {
          throw error
        })
      })
      .then(onJoined, (error: unknown) => fail(codeOf(error)))
      .finally(() => work(false))
  }
  return (
    <main class="plain">
      <div class="emblem">
        <Icon name="photos" />
      </div>
      <h1>{texts.join.title}</h1>
      <p>{texts.join.text}</p>
      <button type="button" class="primary large" onClick={open} disabled={busy}>
        {busy ? texts.join.busy : texts.join.open}
      </button>
      <div role="alert">{failure && <p class="failure">{joinText(failure)}</p>}</div>
    </main>
  )
}

function joinText(code: string): string {
  return code === 'LINK_INVALID' ? texts.join.used : errorText(code)
}

export function LostScreen(): JSX.Element {
  return (
    <main class="plain">
      <div class="emblem">
        <Icon name="link" />
      </div>
      <h1>{texts.lost.title}</h1>
      <p role="alert">{texts.lost.text}</p>
    </main>
  )
}
