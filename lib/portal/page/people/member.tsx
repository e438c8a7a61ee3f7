// A member with their role and devices, and what can be done with them.
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { MemberList } from '../../api.ts'
import type { Device, Member } from '../../../types.ts'
import { send } from '../client.ts'
import { Confirm } from '../parts/dialog.tsx'
import { Icon } from '../parts/icons.tsx'
import { Initial } from '../parts/initial.tsx'
import { NameDialog } from '../parts/name.tsx'
import { attempt } from '../parts/say.tsx'
import { texts } from '../texts.ts'
import { MemberRole } from './role.tsx'

export type Listed = MemberList['members'][number]

interface RowProps {
  member: Listed
  host: boolean
  onChanged: () => void
  onLink: () => void
}

export function MemberRow({ member, host, onChanged, onLink }: RowProps): JSX.Element {
  const { id, name, you, devices, can } = member
  const [asking, ask] = useState<'name' | 'remove' | Device | null>(null)
  const change = (work: () => Promise<unknown>): void => void attempt(work).then(onChanged)
  const leaving = you && host
  const here = devices.filter((device) => !device.removed)
  return (
    <li class="member">
      <Initial name={name} />
      <span class="grow">
        <strong>{name}</strong> {you && <span class="chip">{texts.people.you}</span>}
        <br />
        <span class="muted">{texts.people.devices(here.map((device) => device.name))}</span>
      </span>
      <MemberRole member={member} onChanged={onChanged} />
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
            aria-label={leaving ? texts.people.leave : `${texts.people.remove}: ${name}`}
            title={leaving ? texts.people.leave : texts.people.remove}
            onClick={() => ask('remove')}
          >
            <Icon name={leaving ? 'out' : 'trash'} />
          </button>
        )}
      </span>
      {(can.remove || leaving) && here.length > 1 && (
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
          title={leaving ? texts.people.leaveTitle : texts.people.removeTitle(name)}
          text={leaving ? texts.people.leaveText : texts.people.removeText}
          action={leaving ? texts.people.leave : texts.people.remove}
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
