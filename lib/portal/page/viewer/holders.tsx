// Whose devices hold a photo's original, and whether it can be had from them now.
import type { JSX } from 'preact'
import type { Copy } from '../../../types.ts'
import { sinceOf } from '../dates.ts'
import { texts } from '../texts.ts'

export function Holders({ copies }: { copies: Copy[] }): JSX.Element {
  const { details } = texts
  if (copies.length === 0) return <>{details.noCopies}</>
  return (
    <>
      {details.onDevices(copies.length)}
      <ul class="holders">
        {copies.map(({ member, device, me, online, lastConfirmed }) => (
          <li key={device.id}>
            <span class={online ? 'dot on' : 'dot'} aria-hidden="true" />
            <span>
              {member.name}, {device.name}
              <small>
                {me ? details.here : online ? details.online : details.confirmed(sinceOf(lastConfirmed))}
              </small>
            </span>
          </li>
        ))}
      </ul>
    </>
  )
}
