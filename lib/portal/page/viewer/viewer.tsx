// One photo over everything: looked at, stepped from, and changed.
import type { JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { Cell, PhotoDetails } from '../../api.ts'
import { act, download, edit } from '../changing.ts'
import { get, photoAddress, whyNot } from '../client.ts'
import type { PortalError } from '../client.ts'
import { on } from '../live.ts'
import { Confirm } from '../parts/dialog.tsx'
import { Icon } from '../parts/icons.tsx'
import type { IconName } from '../parts/icons.tsx'
import { attempt, sayError } from '../parts/say.tsx'
import { closePhoto, photoLink, replace } from '../route.ts'
import type { Sequence } from '../sequence.ts'
import { me } from '../session.ts'
import { useStore } from '../store.ts'
import { cellText, errorText, texts } from '../texts.ts'
import { DetailsPanel } from './details.tsx'
import { LivePhoto } from './live-photo.tsx'
import { single } from './single.ts'
import { Stage } from './stage.ts'

/** How long a photo stays in a slideshow. */
const SLIDE = 4000

/** With fingers one zooms by fingers, and a narrow bar has no room. */
const CAN_HOVER = matchMedia('(hover: hover)').matches

interface Failure {
  id: string
  error: PortalError | null
}

export function Viewer({ sequence: shown, id }: { sequence: Sequence; id: string }): JSX.Element {
  const element = useRef<HTMLDivElement>(null)
  const container = useRef<HTMLDivElement>(null)
  const stage = useRef<Stage | null>(null)
  const [sequence, follow] = useState(shown)
  const [index, show] = useState(-1)
  const [details, detail] = useState<PhotoDetails | null>(null)
  const [panel, open] = useState(false)
  const [playing, play] = useState(false)
  const [moving, move] = useState(false)
  const [bare, hide] = useState(false)
  const [failure, fail] = useState<Failure | null>(null)
  const [asking, ask] = useState(false)
  useStore(sequence.version)
  const who = useStore(me)
  const cell = index < 0 ? null : sequence.at(index)

  const read = (of: string): void => {
    get<PhotoDetails>(`photos/${of}`).then(
      (answer) => detail((now) => (location.hash.includes(of) ? answer : now)),
      () => detail(null)
    )
  }

  useEffect(() => {
    let stopped = false
    const start = async (): Promise<void> => {
      const at = await shown.find(id)
      // In the trash, or filtered out of what lies below: it is shown by itself.
      const from = at < 0 ? await single(id) : shown
      if (stopped || !container.current) return
      const begin = Math.max(0, at)
      follow(from)
      show(begin)
      stage.current = new Stage(container.current, from, begin, {
        onshow: (next) => {
          show(next)
          fail(null)
          move(false)
        },
        onclose: closePhoto,
        onfailed: (failed, address) => {
          void whyNot(address).then((error) => fail({ id: failed.id, error }))
        },
        ontap: () => hide((now) => !now)
      })
    }
    start().catch((error: unknown) => {
      sayError(error)
      closePhoto()
    })
    element.current?.focus({ preventScroll: true })
    document.documentElement.classList.add('viewing')
    return () => {
      stopped = true
      document.documentElement.classList.remove('viewing')
      stage.current?.destroy()
    }
  }, [])

  // The address names the photo that is seen: it can be reloaded, and going back leaves the viewer.
  useEffect(() => {
    if (!cell) return
    if (cell.id !== id) replace(photoLink(cell.id))
    detail((now) => (now?.photo.id === cell.id ? now : null))
    read(cell.id)
  }, [cell?.id])

  useEffect(() => {
    const ends = [
      on('changes', ({ changes }) => {
        if (changes.some((change) => change.id === cell?.id) && cell) read(cell.id)
      }),
      // Somebody came online: what could not be had may be there now.
      on('peers', () => failure?.error?.code === 'PHOTO_UNAVAILABLE' && again())
    ]
    return () => ends.forEach((end) => end())
  }, [cell?.id, failure])

  useEffect(() => {
    const observer = new ResizeObserver(() => stage.current?.resize())
    if (container.current) observer.observe(container.current)
    return () => observer.disconnect()
  }, [])

  useEffect(() => {
    if (!playing) return
    const timer = setInterval(() => {
      const { current } = stage
      if (!current || current.index >= sequence.total - 1) play(false)
      else current.step(1)
    }, SLIDE)
    return () => clearInterval(timer)
  }, [playing, sequence])

  const again = (): void => {
    fail(null)
    stage.current?.refresh(index)
  }
  const remove = (what: 'trash' | 'restore' | 'purge'): void => {
    if (!cell) return
    const last = sequence.total <= 1
    void attempt(() => act(what, [cell.id])).then((well) => {
      if (!well) return
      if (last || sequence !== shown) closePhoto()
      else stage.current?.step(index >= sequence.total - 1 ? -1 : 1)
    })
  }
  const heart = (): void => {
    if (cell) void attempt(() => edit([cell.id], { favourite: !favourite })).then(() => read(cell.id))
  }
  const keyed = (event: KeyboardEvent): void => {
    if (event.target instanceof Element && event.target.closest('input, textarea, dialog')) return
    if (event.ctrlKey || event.metaKey || event.altKey) return
    // A video goes to and fro by them.
    if (event.target instanceof HTMLVideoElement && event.key.startsWith('Arrow')) return
    if (event.key === 'ArrowRight') stage.current?.step(1)
    else if (event.key === 'ArrowLeft') stage.current?.step(-1)
    else if (event.key === 'i') open(!panel)
    else if (event.key === 'f') heart()
    else if (event.key === 's') play(!playing)
    else if (event.key === 'Delete' && details?.can.trash) remove('trash')
    else return
    event.preventDefault()
  }

  const favourite =
    details?.photo.id === cell?.id ? (details?.photo.favourite ?? false) : (cell?.favourite ?? false)
  const tool = (
    name: IconName,
    label: string,
    onClick: () => void,
    state?: { pressed: boolean }
  ): JSX.Element => (
    <button
      type="button"
      class="bare"
      aria-label={label}
      title={label}
      aria-pressed={state?.pressed}
      onClick={onClick}
    >
      <Icon name={name} filled={name === 'heart' && (state?.pressed ?? false)} />
    </button>
  )

  return (
    <div
      ref={element}
      class={`viewer${panel ? ' with-panel' : ''}${bare && !panel ? ' bare-photo' : ''}`}
      role="dialog"
      aria-modal="true"
      aria-label={texts.viewer.label}
      tabIndex={-1}
      onKeyDown={keyed}
    >
      <div class="stage">
        <div class="swipe" ref={container} />
        <header class="tools">
          {tool('back', texts.close, closePhoto)}
          <p class="place" aria-hidden="true">
            {index >= 0 && texts.viewer.of(index + 1, sequence.total)}
          </p>
          <p class="unseen" role="status">
            {cell && `${cellText(cell)}. ${texts.viewer.of(index + 1, sequence.total)}`}
          </p>
          {cell?.live && tool('live', texts.viewer.playLive, () => move(true))}
          {CAN_HOVER && tool('zoom', texts.viewer.zoom, () => stage.current?.zoom())}
          {tool(playing ? 'pause' : 'play', playing ? texts.viewer.pause : texts.viewer.slideshow, () =>
            play(!playing)
          )}
          {tool('heart', texts.viewer.favourite, heart, { pressed: favourite })}
          {tool('download', texts.actions.download, () => cell && void download([cell.id]))}
          {details?.can.trash && tool('trash', texts.actions.trash, () => remove('trash'))}
          {details?.can.restore && tool('restore', texts.actions.restore, () => remove('restore'))}
          {details?.can.purge && tool('close', texts.actions.purge, () => ask(true))}
          {tool('info', texts.viewer.details, () => open(!panel), { pressed: panel })}
        </header>
        {index > 0 && (
          <button
            type="button"
            class="step previous"
            aria-label={texts.viewer.previous}
            onClick={() => stage.current?.step(-1)}
          >
            <Icon name="back" />
          </button>
        )}
        {index >= 0 && index < sequence.total - 1 && (
          <button
            type="button"
            class="step next"
            aria-label={texts.viewer.next}
            onClick={() => stage.current?.step(1)}
          >
            <Icon name="forward" />
          </button>
        )}
        {cell?.live && <LivePhoto cell={cell} playing={moving} onPlaying={move} />}
        {cell?.caption && !panel && <p class="caption">{cell.caption}</p>}
        {failure && failure.id === cell?.id && (
          <Cannot cell={cell} failure={failure} details={details} onAgain={again} />
        )}
      </div>
      {panel && (
        <DetailsPanel
          details={details?.photo.id === cell?.id ? details : null}
          contribute={who?.can.contribute ?? false}
          onClose={() => open(false)}
          onChanged={() => cell && read(cell.id)}
        />
      )}
      {asking && cell && (
        <Confirm
          title={texts.purge.title(1)}
          text={texts.purge.text}
          action={texts.actions.purge}
          onConfirm={() => remove('purge')}
          onClose={() => ask(false)}
        />
      )}
    </div>
  )
}

interface CannotProps {
  cell: Cell
  failure: Failure
  details: PhotoDetails | null
  onAgain: () => void
}

/** Why there is no picture, and when there will be. */
function Cannot({ cell, failure: { error }, details, onAgain }: CannotProps): JSX.Element {
  const away = error?.code === 'PHOTO_UNAVAILABLE'
  const known = details?.copies.filter((copy) => !copy.me).map((copy) => copy.member.name) ?? []
  const holders = [...new Set(error?.holders.length ? error.holders : known)]
  const text = away
    ? texts.viewer.unavailable(holders)
    : cell.type === 'video' && !error
      ? texts.viewer.noVideo
      : error && error.code !== 'NOT_FOUND'
        ? errorText(error.code)
        : texts.viewer.failed
  return (
    <div class="cannot" role="alert">
      <p>{text}</p>
      {away || error ? (
        <button type="button" onClick={onAgain}>
          {texts.tryAgain}
        </button>
      ) : (
        <a class="button" href={photoAddress(cell.id, 'original', { download: 1 })} download>
          {texts.actions.download}
        </a>
      )}
    </div>
  )
}
