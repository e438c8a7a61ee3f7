// Invites for those who have the program on a device of their own.
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { InviteList } from '../../api.ts'
import type { Invite, Role } from '../../../types.ts'
import { get, send } from '../client.ts'
import { timeOf } from '../dates.ts'
import { useAsked } from '../parts/asked.ts'
import { Confirm, Dialog } from '../parts/dialog.tsx'
import { Actions, RoleField } from '../parts/fields.tsx'
import { Icon } from '../parts/icons.tsx'
import { QrLink } from '../parts/qr.tsx'
import { attempt } from '../parts/say.tsx'
import { me } from '../session.ts'
import { texts } from '../texts.ts'

type GivenRole = Exclude<Role, 'mirror'>

export function Invites(): JSX.Element {
  const { value, again } = useAsked(() => get<InviteList>('invites'), ['members'])
  const [asking, ask] = useState(false)
  const [shown, show] = useState<Invite | null>(null)
  const [ending, end] = useState<Invite | null>(null)
  const open = value?.invites.filter((invite) => endOf(invite) === null) ?? []
  const over = value?.invites.filter((invite) => endOf(invite) !== null) ?? []
  return (
    <section>
      <h2>{texts.people.invites}</h2>
      <p class="muted">{texts.people.invitesText}</p>
      <ul class="rows">
        {open.map((invite) => (
          <li key={invite.id} class="line-row">
            <span class="grow">
              <strong>{titleOf(invite)}</strong>
              <br />
              <span class="muted">{termsOf(invite)}</span>
            </span>
            {invite.url && (
              <button
                type="button"
                class="bare"
                aria-label={`${texts.people.qr}: ${titleOf(invite)}, ${termsOf(invite)}`}
                title={texts.people.qr}
                onClick={() => show(invite)}
              >
                <Icon name="link" />
              </button>
            )}
            <button
              type="button"
              aria-label={`${texts.people.revoke}: ${titleOf(invite)}, ${termsOf(invite)}`}
              onClick={() => end(invite)}
            >
              {texts.people.revoke}
            </button>
          </li>
        ))}
      </ul>
      <button type="button" onClick={() => ask(true)}>
        <Icon name="plus" />
        <span>{texts.people.invite}</span>
      </button>
      {over.length > 0 && (
        <details>
          <summary>{texts.people.ended}</summary>
          <ul class="rows">
            {over.map((invite) => (
              <li key={invite.id} class="line-row muted">
                {titleOf(invite)}, {endOf(invite)}
              </li>
            ))}
          </ul>
        </details>
      )}
      {asking && (
        <NewInvite
          onClose={() => ask(false)}
          onMade={(invite) => {
            show(invite)
            again()
          }}
        />
      )}
      {shown && (
        <Dialog
          title={shown.memberId ? titleOf(shown) : texts.people.inviteFor(texts.roles[shown.role])}
          onClose={() => show(null)}
        >
          <p>{texts.people.inviteCode}</p>
          <QrLink link={shown.url} />
        </Dialog>
      )}
      {ending && (
        <Confirm
          title={texts.people.revokeInviteTitle}
          text={texts.people.revokeInviteText}
          action={texts.people.revoke}
          onConfirm={() => void attempt(() => send<Invite>('DELETE', `invites/${ending.id}`)).then(again)}
          onClose={() => end(null)}
        />
      )}
    </section>
  )
}

function titleOf({ memberId, role }: Invite): string {
  if (memberId === null) return texts.roles[role]
  return memberId === me.value?.member.id ? texts.people.ownDevice : texts.people.othersDevice
}

function termsOf({ expiresAt, approval, answeredBy, ready }: Invite): string {
  const terms = [expiresAt ? texts.people.ends(timeOf(expiresAt)) : texts.people.never]
  if (approval) terms.push(texts.people.asksFirst)
  if (answeredBy && !ready) terms.push(texts.people.notHeard(answeredBy.name))
  return terms.join(', ')
}

/** Why nobody can join with it any more; null where somebody can. */
function endOf({ revoked, expiresAt, uses, used, answeredBy }: Invite): string | null {
  if (revoked) return texts.people.revoked
  if (answeredBy === null) return texts.people.ended
  if (uses > 0 && used >= uses) return texts.people.usedUp
  if (expiresAt && expiresAt < new Date().toISOString()) return texts.people.ended
  return null
}

function NewInvite({
  onMade,
  onClose
}: {
  onMade: (invite: Invite) => void
  onClose: () => void
}): JSX.Element {
  const [role, choose] = useState<GivenRole>('contributor')
  const [approval, approve] = useState(false)
  return (
    <Dialog title={texts.people.invite} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          onClose()
          void attempt(async () => onMade(await send<Invite>('POST', 'invites', { role, approval })))
        }}
      >
        <RoleField roles={['contributor', 'viewer', 'owner']} value={role} onChoose={choose} />
        <label class="choice">
          <input
            type="checkbox"
            checked={approval}
            onChange={(event) => approve(event.currentTarget.checked)}
          />
          <span>{texts.people.approval}</span>
        </label>
        <Actions action={texts.create} onClose={onClose} />
      </form>
    </Dialog>
  )
}
