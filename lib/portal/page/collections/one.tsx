// One collection: its photos in its own order.
import type { JSX } from 'preact'
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { CollectionList, PhotoResults } from '../../api.ts'
import type { Collection } from '../../../types.ts'
import { Actions } from '../actions.tsx'
import { get, send } from '../client.ts'
import { useAsked } from '../parts/asked.ts'
import { Confirm } from '../parts/dialog.tsx'
import { Icon } from '../parts/icons.tsx'
import { NameDialog } from '../parts/name.tsx'
import { attempt, say } from '../parts/say.tsx'
import { Trouble } from '../parts/trouble.tsx'
import { go } from '../route.ts'
import { looking } from '../sequence.ts'
import { me } from '../session.ts'
import { useStore } from '../store.ts'
import { texts } from '../texts.ts'
import { Selection } from '../timeline/selection.ts'
import { TimelineView } from '../timeline/view.tsx'
import { Ordered } from './ordered.ts'

export function CollectionScreen({ id, photo }: { id: string; photo: string | null }): JSX.Element {
  const who = useStore(me)
  const photos = useMemo(() => new Ordered(id), [id])
  const selection = useMemo(() => new Selection(), [id])
  const { value, error, again } = useAsked(
    () => get<CollectionList>('collections'),
    ['changes', 'collections', 'reset']
  )
  const [asking, ask] = useState<'name' | 'delete' | null>(null)
  const [looked, look] = useState<string | null>(null)
  const marked = useStore(selection.ids)
  useStore(photos.version)
  const failed = useStore(photos.failed)
  const collection = value?.collections.find((one) => one.id === id)
  const mine = who?.member.role === 'owner' || collection?.by.id === who?.member.id

  useEffect(() => looking.set(photos), [photos])
  // A collection tells nothing when its order changes: it is read anew when anything does.
  useEffect(() => {
    if (collection) void photos.read(collection.count)
  }, [value])

  const last = useRef(photo)
  useEffect(() => {
    look(photo ? null : last.current)
    last.current = photo
  }, [photo])

  const change = (work: () => Promise<unknown>): void => void attempt(work).then(again)
  const move = (by: 1 | -1): void => {
    const places = [...marked].map((one) => photos.indexOf(one)).toSorted((a, b) => a - b)
    const neighbour = photos.at(by === 1 ? (places.at(-1) ?? 0) + 1 : (places[0] ?? 0) - 1)
    if (!neighbour) return
    const ids = places.flatMap((place) => photos.at(place)?.id ?? [])
    const to = by === 1 ? { after: neighbour.id } : { before: neighbour.id }
    change(() => send<PhotoResults>('POST', `collections/${id}/photos`, { move: { ids, ...to } }))
  }
  const cover = (): void => {
    const [first] = marked
    change(async () => {
      await send('PATCH', `collections/${id}`, { cover: first })
      selection.clear()
      say(texts.done.cover)
    })
  }

  if (value && !collection) {
    return (
      <div class="empty">
        <h1>{texts.nothingHere}</h1>
        <a class="button" href="#/collections">
          {texts.nav.collections}
        </a>
      </div>
    )
  }
  return (
    <>
      {marked.size > 0 ? (
        <>
          <h1 class="unseen">{collection?.name}</h1>
          <Actions selection={selection} kind="collection" collection={id} onMove={move} onCover={cover} />
        </>
      ) : (
        <header class="bar">
          <a class="bare button" href="#/collections" aria-label={texts.nav.collections}>
            <Icon name="back" />
          </a>
          <div class="title">
            <h1>{collection?.name}</h1>
            {collection && <p class="muted count">{texts.photos(collection.count)}</p>}
          </div>
          {who?.can.contribute && (
            <button
              type="button"
              class="bare"
              aria-label={texts.collections.rename}
              onClick={() => ask('name')}
            >
              <Icon name="edit" />
            </button>
          )}
          {who?.can.contribute && mine && (
            <button
              type="button"
              class="bare"
              aria-label={texts.collections.remove}
              onClick={() => ask('delete')}
            >
              <Icon name="trash" />
            </button>
          )}
        </header>
      )}
      {(failed || error !== null) && <Trouble text={texts.notLoaded} again={again} />}
      {collection?.count === 0 ? (
        <div class="empty">
          <Icon name="photos" />
          <p>{texts.empty.collection}</p>
        </div>
      ) : (
        <TimelineView photos={photos} selection={selection} looked={looked} />
      )}
      {asking === 'name' && collection && (
        <NameDialog
          title={texts.collections.rename}
          label={texts.collections.name}
          action={texts.save}
          value={collection.name}
          onName={(name) => change(() => send<Collection>('PATCH', `collections/${id}`, { name }))}
          onClose={() => ask(null)}
        />
      )}
      {asking === 'delete' && (
        <Confirm
          title={`${texts.collections.remove}?`}
          text={texts.collections.removeText}
          action={texts.collections.remove}
          onConfirm={() =>
            void attempt(() => send('DELETE', `collections/${id}`)).then(
              (well) => well && go('#/collections')
            )
          }
          onClose={() => ask(null)}
        />
      )}
    </>
  )
}
