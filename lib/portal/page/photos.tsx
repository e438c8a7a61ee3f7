// Photos by days: all of them, the favourites, the trash, or those that meet a condition.
import type { JSX } from 'preact'
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { PhotoFilter } from '../api.ts'
import { FilterBar, filterOf } from './filter.tsx'
import { on } from './live.ts'
import { Actions } from './actions.tsx'
import { Icon } from './parts/icons.tsx'
import { Trouble } from './parts/trouble.tsx'
import { looking } from './sequence.ts'
import { me } from './session.ts'
import { useStore } from './store.ts'
import { texts } from './texts.ts'
import { Days } from './timeline/days.ts'
import { Selection } from './timeline/selection.ts'
import { TimelineView } from './timeline/view.tsx'

export type Kind = 'photos' | 'favourites' | 'trash'

/** Changes come in bursts: they are shown together, and no more often than this. */
const BURST = 400

export function PhotosScreen({ kind, query }: { kind: Kind; query: Record<string, string> }): JSX.Element {
  const conditions = filterOf(kind === 'photos' ? query : {})
  const key = JSON.stringify(conditions)
  const days = useMemo(() => new Days({ ...conditions, ...kindFilter(kind) }), [key])
  const selection = useMemo(() => new Selection(), [key])
  const [looked, look] = useState<string | null>(null)
  const [filtering, filter] = useState(() => Object.keys(conditions).length > 0)
  const who = useStore(me)
  useStore(days.version)
  const failed = useStore(days.failed)
  const ready = useStore(days.ready)
  const marked = useStore(selection.ids)
  const photo = query['photo'] ?? null

  useEffect(() => {
    looking.set(days)
    void days.read()
    let timer: ReturnType<typeof setTimeout> | undefined
    const again = (): void => {
      timer ??= setTimeout(() => {
        timer = undefined
        void days.read()
      }, BURST)
    }
    const ends = [
      on('changes', again),
      on('reset', again),
      // The portal is reached again.
      on('hello', () => days.failed.value && again())
    ]
    return () => {
      clearTimeout(timer)
      ends.forEach((end) => end())
      days.close()
    }
  }, [days])

  // The one that was looked at last is where the visitor is, when the viewer closes.
  const last = useRef(photo)
  useEffect(() => {
    look(photo ? null : last.current)
    last.current = photo
  }, [photo])

  const active = Object.keys(conditions).length
  const { total } = days
  return (
    <>
      {marked.size > 0 ? (
        <>
          <h1 class="unseen">{kind === 'photos' ? (who?.album.name ?? '') : texts.nav[kind]}</h1>
          <Actions selection={selection} kind={kind} />
        </>
      ) : (
        <header class="bar">
          <div class="title">
            <h1>{kind === 'photos' ? (who?.album.name ?? '') : texts.nav[kind]}</h1>
            {ready && <p class="muted count">{texts.photos(total)}</p>}
          </div>
          {kind === 'photos' && (
            <button
              type="button"
              class="bare"
              aria-expanded={filtering || active > 0}
              aria-label={texts.filter.open}
              onClick={() => filter(!filtering)}
            >
              <Icon name="filter" />
            </button>
          )}
        </header>
      )}
      {kind === 'photos' && (filtering || active > 0) && <FilterBar query={query} />}
      {kind === 'trash' && total > 0 && <p class="notice">{texts.trash.text}</p>}
      {failed && <Trouble text={texts.notLoaded} again={() => void days.read()} />}
      {ready && total === 0 ? (
        <Empty kind={kind} filtered={active > 0} />
      ) : (
        <TimelineView photos={days} selection={selection} looked={looked} />
      )}
    </>
  )
}

function kindFilter(kind: Kind): PhotoFilter {
  return kind === 'favourites' ? { favourite: '1' } : kind === 'trash' ? { trashed: '1' } : {}
}

function Empty({ kind, filtered }: { kind: Kind; filtered: boolean }): JSX.Element {
  const who = useStore(me)
  const words = filtered ? texts.empty.filtered : texts.empty[kind]
  return (
    <div class="empty">
      <Icon name={kind === 'favourites' ? 'heart' : kind === 'trash' ? 'trash' : 'photos'} />
      <p>{words}</p>
      {kind === 'photos' && !filtered && who?.can.contribute && (
        <a class="button primary" href="#/add">
          {texts.nav.add}
        </a>
      )}
    </div>
  )
}
