// What a member may do in the album, and changing it.
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { Member, Role } from '../../../types.ts'
import { send } from '../client.ts'
import { Confirm } from '../parts/dialog.tsx'
import { attempt } from '../parts/say.tsx'
import { texts } from '../texts.ts'
import type { Listed } from './member.tsx'

type GivenRole = Exclude<Role, 'mirror'>

const ROLES: GivenRole[] = ['owner', 'contributor', 'viewer']

export function MemberRole({ member, onChanged }: { member: Listed; onChanged: () => void }): JSX.Element {
  const { id, name, role, you, can } = member
  const [asked, ask] = useState<GivenRole | null>(null)
  if (!can.setRole) return <span class="muted">{texts.roles[role]}</span>
  const give = (given: GivenRole): void =>
    void attempt(() => send<Member>('PATCH', `members/${id}`, { role: given })).then(onChanged)
  return (
    <>
      <select
        aria-label={`${texts.people.role}: ${name}`}
        value={role}
        onChange={(event) => {
          const given = event.currentTarget.value as GivenRole
          if (given !== 'owner' && role !== 'owner') return give(given)
          // Who slips on a phone, or goes through the list by keys, could not take it back.
          event.currentTarget.value = role
          ask(given)
        }}
      >
        {ROLES.map((one) => (
          <option key={one} value={one}>
            {texts.roles[one]}
          </option>
        ))}
      </select>
      {asked && (
        <Confirm
          title={texts.people.roleTitle(name, texts.roles[asked])}
          text={
            asked === 'owner'
              ? texts.people.ownerText
              : you
                ? texts.people.yieldText
                : texts.people.demoteText
          }
          action={texts.people.changeRole}
          onConfirm={() => give(asked)}
          onClose={() => ask(null)}
        />
      )}
    </>
  )
}
