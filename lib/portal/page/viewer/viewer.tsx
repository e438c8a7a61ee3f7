// One photo over everything: looked at, stepped from, and changed.
import type { JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { Cell, PhotoDetails } from '../../api.ts'
import { act, download, edit } from '../changing.ts'
import type { Act } from '../changing.ts'
import { get, photoAddress, whyNot } from '../client.ts'
import type { PortalError } from '../client.ts'
import { on } from '../live.ts'
import { Confirm } from '../parts/dialog.tsx'
import { Icon } from '../parts/icons.tsx'
import type { IconName } from '../parts/icons.tsx'
import { attempt, sayError } from '../parts/say.tsx'
import { closePhoto, photoLink, replace } from '../route.ts'
import type { Sequence } from '../sequence.ts'
import { useStore } from '../store.ts'
import { cellText, texts } from '../texts.ts'
import { Cannot } from './cannot.tsx'
import { DetailsPanel } from './details.tsx'
import { useLate } from './late.ts'
import { LivePhoto } from './live-photo.tsx'
import { Looking } from './looking.tsx'
import { single } from './single.ts'
import { useSlideshow } from './slideshow.ts'
import { Stage } from './stage.ts'

/** What could not be had is asked for again so often, also where nobody says that they are there. */
const AGAIN = 10_000

/** With fingers one zooms by fingers, and a narrow bar has no room. */
const CAN_HOVER = matchMedia('(hover: hover)').matches

/** Why photos could not be shown, by their ids: those beside the one that is seen are loaded, too. */
type Failures = ReadonlyMap<string, PortalError | null>

export function Viewer({ sequence: shown, id }: { sequence: Sequence; id: string }): JSX.Element {
  const element = useRef<HTMLDivElement>(null)
  const container = useRef<HTMLDivElement>(null)
  const stage = useRef<Stage | null>(null)
  const [sequence, follow] = useState(shown)
  const [{ index, seen }, show] = useState<{ index: number; seen: Cell | null }>({ index: -1, seen: null })
  const [details, detail] = useState<PhotoDetails | null>(null)
  const [panel, open] = useState(false)
  const [playing, play] = useState(false)
  const [moving, move] = useState(false)
  const [bare, hide] = useState(false)
  const [failures, fail] = useState<Failures>(new Map())
  /** The photo of which it is asked whether it is to be deleted for good. */
  const [asking, ask] = useState<string | null>(null)
  useStore(sequence.version)
  // What is known of it by now, unless another took its place this moment.
  const fresh = sequence.at(index)
  const cell = fresh?.id === seen?.id ? fresh : seen
  const failure = cell ? failures.get(cell.id) : undefined
  const late = useLate(stage.current, cell)

  const forgive = (of: string): void => fail((now) => new Map([...now].filter(([one]) => one !== of)))
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
      stage.current = new Stage(container.current, from, begin, {
        onshow: (at, shown) => show({ index: at, seen: shown }),
        onclose: closePhoto,
        onfailed: (failed, address) => {
          void whyNot(address).then((error) => {
            // It may have come while it was asked why not.
            if (!stage.current?.shows(failed)) fail((now) => new Map(now).set(failed.id, error))
          })
        },
        ontap: () => hide((now) => !now),
        onpress: (held) => move(held && (stage.current?.cell?.live ?? false))
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
    move(false)
    // It is tried again where one comes to it.
    forgive(cell.id)
    read(cell.id)
  }, [cell?.id])

  useEffect(
    () =>
      on('changes', ({ changes }) => {
        if (changes.some((change) => change.id === cell?.id) && cell) read(cell.id)
      }),
    [cell?.id]
  )

  // What nobody reachable has is shown by itself, once somebody has come who has it.
  useEffect(() => {
    const lasting = failure ? failure.status > 0 && failure.status < 500 : cell?.type === 'video'
    if (!cell || failure === undefined || lasting) return
    const look = (): void => {
      void whyNot(photoAddress(cell.id, cell.type === 'video' ? 'original' : 'preview')).then((error) => {
        if (!error) again(cell.id)
      })
    }
    const timer = setInterval(look, AGAIN)
    const ends = [on('peers', look), on('hello', look)]
    return () => {
      clearInterval(timer)
      ends.forEach((end) => end())
    }
  }, [cell?.id, failure])

  // Who has what is late may come, or be found to have gone.
  useEffect(() => (late && cell ? on('peers', () => read(cell.id)) : undefined), [late, cell?.id])

  // A button that had the focus may be gone, at the last photo or after the trash: keys are still heard.
  useEffect(() => {
    if (document.activeElement === document.body) element.current?.focus({ preventScroll: true })
  })

  useEffect(() => {
    const observer = new ResizeObserver(() => stage.current?.resize())
    if (container.current) observer.observe(container.current)
    return () => observer.disconnect()
  }, [])

  useSlideshow(stage.current, {
    playing: playing && asking === null,
    seen: cell?.id,
    onnext: () => {
      if (!stage.current || stage.current.index >= sequence.total - 1) play(false)
      else stage.current.step(1)
    }
  })

  const again = (of: string): void => {
    forgive(of)
    if (stage.current?.cell?.id === of) stage.current.refresh()
  }
  const remove = (what: Act, of: string): void => {
    const last = sequence.total <= 1 || sequence !== shown
    void attempt(async () => {
      const done = await act(what, [of])
      if (!done.includes(of)) return
      if (last) closePhoto()
      else if (stage.current?.cell?.id === of)
        stage.current.step(stage.current.index >= sequence.total - 1 ? -1 : 1)
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
    // PhotoSwipe hears it as well, once it is there.
    if (event.key === 'Escape') closePhoto()
    else if (event.key === 'ArrowRight') stage.current?.step(1)
    else if (event.key === 'ArrowLeft') stage.current?.step(-1)
    else if (event.key === 'i') open(!panel)
    else if (event.key === 'f') heart()
    else if (event.key === 's') play(!playing)
    else if (event.key === 'Delete' && cell && details?.can.trash) remove('trash', cell.id)
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
          {details?.can.trash && tool('trash', texts.actions.trash, () => remove('trash', details.photo.id))}
          {details?.can.restore &&
            tool('restore', texts.actions.restore, () => remove('restore', details.photo.id))}
          {details?.can.purge && tool('trash', texts.actions.purge, () => ask(details.photo.id))}
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
        {cell?.live && moving && <LivePhoto key={cell.id} cell={cell} onEnd={() => move(false)} />}
        {cell?.caption && !panel && <p class="caption">{cell.caption}</p>}
        {cell && failure !== undefined ? (
          <Cannot cell={cell} error={failure} details={details} onAgain={() => again(cell.id)} />
        ) : (
          cell && late && <Looking cell={cell} details={details?.photo.id === cell.id ? details : null} />
        )}
      </div>
      {panel && (
        <DetailsPanel
          details={details?.photo.id === cell?.id ? details : null}
          onClose={() => open(false)}
          onChanged={() => cell && read(cell.id)}
        />
      )}
      {asking !== null && (
        <Confirm
          title={texts.purge.title(1)}
          text={texts.purge.text}
          action={texts.actions.purge}
          onConfirm={() => remove('purge', asking)}
          onClose={() => ask(null)}
        />
      )}
    </div>
  )
}
