// The links by which browsers come in here, and who did.
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { Link, LinkList } from '../../api.ts'
import { get, send } from '../client.ts'
import { timeOf } from '../dates.ts'
import { useAsked } from '../parts/asked.ts'
import { Confirm } from '../parts/dialog.tsx'
import { attempt } from '../parts/say.tsx'
import { texts } from '../texts.ts'

export function Links(): JSX.Element | null {
  const { value, again } = useAsked(() => get<LinkList>('links'), ['members', 'links'])
  const [ending, end] = useState<Link | null>(null)
  const links = value?.links.filter(isAlive) ?? []
  if (links.length === 0) return null
  return (
    <section>
      <h2>{texts.people.links}</h2>
      <p class="muted">{texts.people.linksText}</p>
      <ul class="rows">
        {links.map((link) => (
          <li key={link.id} class="line-row">
            <span class="grow">
              <strong>{link.member.name}</strong>{' '}
              {isOwn(link) && <span class="chip">{texts.people.thisBrowser}</span>}
              <br />
              <span class="muted">{linkText(link)}</span>
            </span>
            <button
              type="button"
              aria-label={`${texts.people.revoke}: ${link.member.name}, ${linkText(link)}`}
              onClick={() => end(link)}
            >
              {texts.people.revoke}
            </button>
          </li>
        ))}
      </ul>
      {ending && (
        <Confirm
          title={texts.people.revokeTitle}
          text={isOwn(ending) ? texts.people.revokeOwnText : texts.people.revokeText}
          action={texts.people.revoke}
          onConfirm={() => void attempt(() => send('DELETE', `links/${ending.id}`)).then(again)}
          onClose={() => end(null)}
        />
      )}
    </section>
  )
}

/** Whether it lets somebody in, or somebody is in by it: of the others there is nothing to end. */
function isAlive({ revoked, used, uses, expiresAt, sessions }: Link): boolean {
  const over = (uses > 0 && used >= uses) || (expiresAt !== null && expiresAt < new Date().toISOString())
  return !revoked && (sessions.length > 0 || !over)
}

/** Whether this browser is in by it. */
function isOwn({ sessions }: Link): boolean {
  return sessions.some(({ you }) => you)
}

function linkText({ used, uses, sessions, expiresAt }: Link): string {
  const parts = [texts.people.linkInfo(used, uses)]
  if (sessions.length > 0) {
    const latest =
      sessions
        .map((session) => session.lastSeenAt)
        .toSorted()
        .at(-1) ?? ''
    parts.push(texts.people.sessions(sessions.length), texts.people.seen(timeOf(latest)))
  } else if (expiresAt) {
    parts.push(texts.people.ends(timeOf(expiresAt)))
  }
  return parts.join(', ')
}
