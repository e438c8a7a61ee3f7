// How the album and the device behind this portal are.
import type { ComponentChildren, JSX } from 'preact'
import type { PortalStatus } from '../api.ts'
import { codeOf, get } from './client.ts'
import { Copies } from './copies.tsx'
import { bytes, sinceOf } from './dates.ts'
import { useAsked } from './parts/asked.ts'
import { Trouble } from './parts/trouble.tsx'
import { errorText, texts } from './texts.ts'

/** Below this the album stops adding before long. */
const LITTLE = 1_000_000_000
/** Changes that wait so long, in milliseconds, wait too long: the device that makes them final may be lost. */
const OVERDUE = 3 * 86_400_000

export function StatusScreen(): JSX.Element {
  const { value, error, again } = useAsked(
    () => get<PortalStatus>('status'),
    ['peers', 'members', 'changes', 'reset']
  )
  return (
    <div class="page narrow">
      <h1>{texts.nav.status}</h1>
      {error !== null && <Trouble text={errorText(codeOf(error))} again={again} />}
      {value && <Facts {...value} onChanged={again} />}
    </div>
  )
}

function Facts({
  album,
  storage,
  device,
  promised,
  signer,
  onChanged
}: PortalStatus & { onChanged: () => void }): JSX.Element {
  const { status } = texts
  return (
    <>
      {album.removalPending && <p class="notice">{status.removal}</p>}
      {signer.waitingSince !== null && isOverdue(signer.waitingSince) && (
        <p class="notice">{status.overdue(signer.member, signer.device, sinceOf(signer.waitingSince))}</p>
      )}
      <dl class="status">
        <Fact name={status.photos}>{new Intl.NumberFormat().format(album.photos)}</Fact>
        <Fact name={status.network}>
          <span class={album.online ? 'dot on' : 'dot'} aria-hidden="true" />
          {album.online ? status.online : status.offline}
        </Fact>
        <Fact name={status.peers}>
          {album.peers.length === 0 && <span class="muted">{status.noPeers}</span>}
          {album.peers.map((peer, index) => (
            <span key={index} class="line">
              {peer.member}, {peer.device}
            </span>
          ))}
        </Fact>
        <Fact name={status.copies}>
          <Copies promised={promised} onChanged={onChanged} />
        </Fact>
        {storage && (
          <Fact name={status.disk}>
            {status.free(bytes(storage.free), bytes(storage.total))}
            <meter
              min={0}
              max={storage.total}
              high={storage.total * 0.9}
              value={storage.total - storage.free}
              aria-label={status.disk}
            />
            {storage.free < LITTLE && <span class="failure">{status.diskFull}</span>}
          </Fact>
        )}
        <Fact name={status.device}>{device.name}</Fact>
        <Fact name={status.role}>{album.role ? texts.roles[album.role] : status.no}</Fact>
        <Fact name={status.index}>{album.index.whole ? status.whole : status.notWhole}</Fact>
        <Fact name={status.signer}>
          <span class={signer.online ? 'dot on' : 'dot'} aria-hidden="true" />
          {signer.member}, {signer.device}
        </Fact>
      </dl>
    </>
  )
}

function isOverdue(since: string): boolean {
  return Date.now() - Date.parse(since) > OVERDUE
}

function Fact({ name, children }: { name: string; children: ComponentChildren }): JSX.Element {
  return (
    <div class="card fact">
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}
