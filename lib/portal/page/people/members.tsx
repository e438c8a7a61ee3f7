// The members, and somebody new.
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { LinkMade, MemberList } from '../../api.ts'
import type { Member } from '../../../types.ts'
import { get, send } from '../client.ts'
import { useAsked } from '../parts/asked.ts'
import { Dialog } from '../parts/dialog.tsx'
import { Actions, NameField, RoleField } from '../parts/fields.tsx'
import { Icon } from '../parts/icons.tsx'
import { QrLink } from '../parts/qr.tsx'
import { attempt } from '../parts/say.tsx'
import { me } from '../session.ts'
import { useStore } from '../store.ts'
import { texts } from '../texts.ts'
import { MemberRow } from './member.tsx'

export function Members(): JSX.Element {
  const who = useStore(me)
  const { value, again } = useAsked(() => get<MemberList>('members'), ['members'])
  const [made, show] = useState<{ name: string; url: string } | null>(null)
  const [adding, add] = useState(false)
  const link = (id: string, name: string): void => {
    void attempt(async () => {
      const { urls, secret } = await send<LinkMade>('POST', 'links', { memberId: id })
      show({ name, url: urls[0] ?? `${location.origin}/#join=${secret}` })
      again()
    })
  }
  const members = value?.members.filter((member) => !member.removed) ?? []
  const former = value?.members.filter((member) => member.removed) ?? []
  return (
    <section>
      <h2>{texts.people.members}</h2>
      <ul class="rows">
        {members.map((member) => (
          <MemberRow
            key={member.id}
            member={member}
            host={who?.can.host ?? false}
            onChanged={again}
            onLink={() => link(member.id, member.name)}
          />
        ))}
      </ul>
      {who?.can.manage && (
        <button type="button" onClick={() => add(true)}>
          <Icon name="plus" />
          <span>{texts.people.add}</span>
        </button>
      )}
      {former.length > 0 && (
        <details>
          <summary>{texts.people.former}</summary>
          <ul class="rows">
            {former.map(({ id, name }) => (
              <li key={id} class="line-row muted">
                {name}
              </li>
            ))}
          </ul>
        </details>
      )}
      {adding && (
        <NewMember
          onClose={() => add(false)}
          onMade={({ id, name }) => {
            again()
            link(id, name)
          }}
        />
      )}
      {made && (
        <Dialog title={texts.people.linkFor(made.name)} onClose={() => show(null)}>
          <p>{isHere(made.url) ? texts.people.linkHere : texts.people.linkOnce}</p>
          <QrLink link={made.url} />
          <p class="muted">{texts.people.linkKeep}</p>
        </Dialog>
      )}
    </section>
  )
}

function NewMember({
  onMade,
  onClose
}: {
  onMade: (member: Member) => void
  onClose: () => void
}): JSX.Element {
  const [name, type] = useState('')
  const [role, choose] = useState<'contributor' | 'viewer'>('contributor')
  return (
    <Dialog title={texts.people.add} onClose={onClose}>
      <p>{texts.people.addText}</p>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          onClose()
          void attempt(async () => onMade(await send<Member>('POST', 'members', { name: name.trim(), role })))
        }}
      >
        <NameField label={texts.people.name} value={name} onInput={type} />
        <RoleField roles={['contributor', 'viewer']} value={role} onChoose={choose} />
        <Actions action={texts.people.makeLink} onClose={onClose} />
      </form>
    </Dialog>
  )
}

/** Whether a link leads nowhere but to this machine itself. */
function isHere(url: string): boolean {
  return /^(localhost|\[::1\]|127\..*)$/.test(new URL(url).hostname)
}
