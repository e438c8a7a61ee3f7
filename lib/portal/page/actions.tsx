// What can be done with the photos that are marked.
import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { act, collect, download, edit } from './changing.ts'
import type { Kind } from './photos.tsx'
import { Confirm } from './parts/dialog.tsx'
import { Icon } from './parts/icons.tsx'
import type { IconName } from './parts/icons.tsx'
import { lazy } from './parts/lazy.tsx'
import { attempt, say } from './parts/say.tsx'
import { me } from './session.ts'
import { useStore } from './store.ts'
import { texts } from './texts.ts'
import type { Selection } from './timeline/selection.ts'

const Picker = lazy(async () => (await import('./collections/picker.tsx')).Picker)

interface Props {
  selection: Selection
  kind: Kind | 'collection'
  /** The collection that is shown, for taking photos out of it. */
  collection?: string
  /** Moves the photos in the collection's order. */
  onMove?: (by: 1 | -1) => void
  onCover?: () => void
}

export function Actions({ selection, kind, collection, onMove, onCover }: Props): JSX.Element {
  const ids = [...useStore(selection.ids)]
  const who = useStore(me)
  const [asking, ask] = useState<'purge' | 'collection' | null>(null)
  const contribute = who?.can.contribute ?? false

  useEffect(() => {
    const keyed = (event: KeyboardEvent): void => {
      if (event.key === 'Escape' && !document.querySelector('dialog[open], .viewer')) selection.clear()
    }
    addEventListener('keydown', keyed)
    return () => removeEventListener('keydown', keyed)
  }, [selection])

  const run = (work: () => Promise<unknown>) => (): void =>
    void attempt(work).then((well) => well && selection.clear())
  const action = (name: IconName, label: string, onClick: () => void): JSX.Element => (
    <button type="button" class="action" onClick={onClick}>
      <Icon name={name} />
      <span>{label}</span>
    </button>
  )

  return (
    <div class="bar actions" role="toolbar" aria-label={texts.actions.label}>
      <button type="button" class="bare" aria-label={texts.actions.clear} onClick={() => selection.clear()}>
        <Icon name="close" />
      </button>
      <p role="status">{texts.marked(ids.length)}</p>
      <div class="buttons">
        {kind !== 'trash' &&
          action(
            'heart',
            texts.actions.favourite,
            run(() => edit(ids, { favourite: true }))
          )}
        {kind !== 'trash' && contribute && action('albums', texts.actions.collect, () => ask('collection'))}
        {onMove && contribute && action('back', texts.collections.earlier, () => onMove(-1))}
        {onMove && contribute && action('forward', texts.collections.later, () => onMove(1))}
        {onCover && contribute && ids.length === 1 && action('photos', texts.actions.cover, onCover)}
        {collection &&
          contribute &&
          action(
            'close',
            texts.actions.takeOut,
            run(() => collect(collection, { remove: ids }))
          )}
        {action(
          'download',
          texts.actions.download,
          run(() => download(ids))
        )}
        {kind !== 'trash' &&
          contribute &&
          action(
            'trash',
            texts.actions.trash,
            run(() => act('trash', ids))
          )}
        {kind === 'trash' &&
          contribute &&
          action(
            'restore',
            texts.actions.restore,
            run(() => act('restore', ids))
          )}
        {kind === 'trash' && contribute && action('trash', texts.actions.purge, () => ask('purge'))}
      </div>
      {asking === 'purge' && (
        <Confirm
          title={texts.purge.title(ids.length)}
          text={texts.purge.text}
          action={texts.actions.purge}
          onConfirm={run(() => act('purge', ids))}
          onClose={() => ask(null)}
        />
      )}
      {asking === 'collection' && (
        <Picker
          onClose={() => ask(null)}
          onPick={(id: string, name: string) => {
            ask(null)
            run(async () => {
              const added = await collect(id, { add: ids })
              if (added.length > 0) say(texts.done.collected(added.length, name))
            })()
          }}
        />
      )}
    </div>
  )
}
