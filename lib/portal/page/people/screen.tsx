// People: who is a member, who may come, and by which links.
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { RequestList } from '../../api.ts'
import type { Invite } from '../../../types.ts'
import { get, send } from '../client.ts'
import { useAsked } from '../parts/asked.ts'
import { Dialog } from '../parts/dialog.tsx'
import { QrLink } from '../parts/qr.tsx'
import { attempt } from '../parts/say.tsx'
import { me } from '../session.ts'
import { useStore } from '../store.ts'
import { texts } from '../texts.ts'
import { Invites } from './invites.tsx'
import { Links } from './links.tsx'
import { Members } from './members.tsx'

export function PeopleScreen(): JSX.Element {
  const who = useStore(me)
  const [device, show] = useState<Invite | null>(null)
  const linkDevice = (): void =>
    void attempt(async () => show(await send<Invite>('POST', 'devices/link', {})))
  return (
    <div class="page narrow people">
      <header class="bar">
        <h1>{texts.nav.people}</h1>
        {who?.can.host && (
          <button type="button" onClick={linkDevice}>
            {texts.people.linkDevice}
          </button>
        )}
      </header>
      {who?.can.manage && <Requests />}
      <Members />
      <Links />
      {/* The invite of a device is one of them, and listed at once. */}
      {who?.can.manage && <Invites key={device?.id} />}
      {device && (
        <Dialog title={texts.people.linkDevice} onClose={() => show(null)}>
          <p>{texts.people.linkDeviceText}</p>
          <QrLink link={device.url} />
        </Dialog>
      )}
    </div>
  )
}

function Requests(): JSX.Element | null {
  const { value, again } = useAsked(() => get<RequestList>('requests'), ['requests', 'members'])
  const answer = (id: string, verb: 'approve' | 'deny') => (): void =>
    void attempt(() => send('POST', `requests/${id}/${verb}`, {})).then(again)
  return (
    <div role="status">
      {value && value.requests.length > 0 && (
        <section class="card attention">
          <h2>{texts.people.requests}</h2>
          <ul class="rows">
            {value.requests.map(({ id, name, device, role }) => (
              <li key={id} class="line-row">
                <span class="grow">
                  <strong>{name}</strong>
                  <br />
                  <span class="muted">{texts.people.request(device, texts.roles[role])}</span>
                </span>
                <span class="choices">
                  <button
                    type="button"
                    class="primary"
                    aria-label={`${texts.people.approve}: ${name}`}
                    onClick={answer(id, 'approve')}
                  >
                    {texts.people.approve}
                  </button>
                  <button
                    type="button"
                    aria-label={`${texts.people.deny}: ${name}`}
                    onClick={answer(id, 'deny')}
                  >
                    {texts.people.deny}
                  </button>
                </span>
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  )
}
