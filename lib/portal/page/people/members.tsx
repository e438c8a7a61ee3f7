// The members with their roles and devices.
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { LinkMade, MemberList } from '../../api.ts'
import type { Device, Member, Role } from '../../../types.ts'
import { get, send } from '../client.ts'
import { useAsked } from '../parts/asked.ts'
import { Confirm, Dialog } from '../parts/dialog.tsx'
import { Actions, NameField, RoleField } from '../parts/fields.tsx'
import { Icon } from '../parts/icons.tsx'
import { Initial } from '../parts/initial.tsx'
import { NameDialog } from '../parts/name.tsx'
import { QrLink } from '../parts/qr.tsx'
import { attempt } from '../parts/say.tsx'
import { me } from '../session.ts'
import { useStore } from '../store.ts'
import { texts } from '../texts.ts'

type Listed = MemberList['members'][number]
type GivenRole = Exclude<Role, 'mirror'>

const ROLES: GivenRole[] = ['owner', 'contributor', 'viewer']

export function Members({ onLink }: { onLink: () => void }): JSX.Element {
  const who = useStore(me)
  const { value, again } = useAsked(() => get<MemberList>('members'), ['members'])
  const [made, show] = useState<{ name: string; url: string } | null>(null)
  const [adding, add] = useState(false)
  const link = (id: string, name: string): void => {
    void attempt(async () => {
      const { urls, secret } = await send<LinkMade>('POST', 'links', { memberId: id })
      show({ name, url: urls[0] ?? `${location.origin}/#join=${secret}` })
      onLink()
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
          <p>{texts.people.linkOnce}</p>
          <QrLink link={made.url} />
          <p class="muted">{texts.people.linkKeep}</p>
        </Dialog>
      )}
    </section>
  )
}

interface RowProps {
  member: Listed
  host: boolean
  onChanged: () => void
  onLink: () => void
}

function MemberRow({ member, host, onChanged, onLink }: RowProps): JSX.Element {
  const { id, name, role, you, devices, can } = member
  const [asking, ask] = useState<'name' | 'remove' | Device | null>(null)
  const change = (work: () => Promise<unknown>): void => void attempt(work).then(onChanged)
  const here = devices.filter((device) => !device.removed)
  return (
    <li class="member">
      <Initial name={name} />
      <span class="grow">
        <strong>{name}</strong> {you && <span class="chip">{texts.people.you}</span>}
        <br />
        <span class="muted">{texts.people.devices(here.map((device) => device.name))}</span>
      </span>
      {can.setRole && role !== 'mirror' ? (
        <select
          aria-label={`${texts.people.role}: ${name}`}
          value={role}
          onChange={(event) => {
            const chosen = event.currentTarget.value as GivenRole
            change(() => send<Member>('PATCH', `members/${id}`, { role: chosen }))
          }}
        >
          {ROLES.map((one) => (
            <option key={one} value={one}>
              {texts.roles[one]}
            </option>
          ))}
        </select>
      ) : (
        <span class="muted">{texts.roles[role]}</span>
      )}
      <span class="buttons">
        {can.link && (
          <button
            type="button"
            class="bare"
            aria-label={texts.people.linkFor(name)}
            title={texts.people.linkFor(name)}
            onClick={onLink}
          >
            <Icon name="link" />
          </button>
        )}
        {can.rename && (
          <button
            type="button"
            class="bare"
            aria-label={`${texts.people.rename}: ${name}`}
            title={texts.people.rename}
            onClick={() => ask('name')}
          >
            <Icon name="edit" />
          </button>
        )}
        {can.remove && (
          <button
            type="button"
            class="bare"
            aria-label={`${texts.people.remove}: ${name}`}
            title={texts.people.remove}
            onClick={() => ask('remove')}
          >
            <Icon name="trash" />
          </button>
        )}
      </span>
      {(can.remove || (you && host)) && here.length > 1 && (
        <ul class="devices">
          {here
            .filter((device) => !device.me)
            .map((device) => (
              <li key={device.id}>
                <Icon name="device" />
                <span class="grow">{device.name}</span>
                <button
                  type="button"
                  class="quiet"
                  aria-label={`${texts.people.remove}: ${device.name}`}
                  onClick={() => ask(device)}
                >
                  {texts.people.remove}
                </button>
              </li>
            ))}
        </ul>
      )}
      {asking === 'name' && (
        <NameDialog
          title={texts.people.rename}
          label={texts.people.name}
          action={texts.save}
          value={name}
          onName={(next) => change(() => send<Member>('PATCH', `members/${id}`, { name: next }))}
          onClose={() => ask(null)}
        />
      )}
      {asking === 'remove' && (
        <Confirm
          title={texts.people.removeTitle(name)}
          text={texts.people.removeText}
          action={texts.people.remove}
          onConfirm={() => change(() => send<object>('DELETE', `members/${id}`))}
          onClose={() => ask(null)}
        />
      )}
      {asking !== null && typeof asking === 'object' && (
        <Confirm
          title={texts.people.removeDeviceTitle(asking.name)}
          text={texts.people.removeDeviceText}
          action={texts.people.remove}
          onConfirm={() => change(() => send<object>('DELETE', `devices/${asking.id}`))}
          onClose={() => ask(null)}
        />
      )}
    </li>
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
