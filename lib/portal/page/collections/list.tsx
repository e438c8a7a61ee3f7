// All collections, by name.
import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { CollectionList, PhotoPage } from '../../api.ts'
import type { Collection } from '../../../types.ts'
import { codeOf, get, photoAddress, send } from '../client.ts'
import { useAsked } from '../parts/asked.ts'
import { Icon } from '../parts/icons.tsx'
import { NameDialog } from '../parts/name.tsx'
import { attempt } from '../parts/say.tsx'
import { Trouble } from '../parts/trouble.tsx'
import { go } from '../route.ts'
import { me } from '../session.ts'
import { useStore } from '../store.ts'
import { errorText, texts } from '../texts.ts'

export function CollectionsScreen(): JSX.Element {
  const who = useStore(me)
  const { value, error, again } = useAsked(
    () => get<CollectionList>('collections'),
    ['changes', 'collections', 'reset']
  )
  const [naming, name] = useState(false)
  const create = (title: string): void => {
    void attempt(async () => {
      const { id } = await send<Collection>('POST', 'collections', { name: title })
      go(`#/collections/${id}`)
    })
  }
  return (
    <div class="page">
      <header class="bar">
        <h1>{texts.nav.collections}</h1>
        {who?.can.contribute && (
          <button type="button" onClick={() => name(true)}>
            <Icon name="plus" />
            <span>{texts.collections.create}</span>
          </button>
        )}
      </header>
      {error !== null && <Trouble text={errorText(codeOf(error))} again={again} />}
      {value?.collections.length === 0 && (
        <div class="empty">
          <Icon name="albums" />
          <p>{texts.empty.collections}</p>
        </div>
      )}
      <ul class="covers">
        {value?.collections.map((collection) => (
          <li key={collection.id}>
            <a href={`#/collections/${collection.id}`}>
              <Cover of={collection} />
              <strong>{collection.name}</strong>
              <span class="muted">{texts.photos(collection.count)}</span>
            </a>
          </li>
        ))}
      </ul>
      {naming && (
        <NameDialog
          title={texts.collections.create}
          label={texts.collections.name}
          action={texts.create}
          onName={create}
          onClose={() => name(false)}
        />
      )}
    </div>
  )
}

/** The photo that stands for a collection. */
export function Cover({ of: { id: collection, cover, count } }: { of: Collection }): JSX.Element {
  const [first, take] = useState<string | null>(null)
  const [failed, fail] = useState(false)
  // Where nobody chose one it is the first.
  useEffect(() => {
    if (cover || count === 0) return
    get<PhotoPage>(`collections/${collection}/photos`, { limit: 1 }).then(
      ({ cells }) => take(cells[0]?.id ?? null),
      () => {}
    )
  }, [cover, count])
  const id = cover ?? first
  return (
    <span class="cover">
      {id && !failed ? (
        <img
          src={photoAddress(id, 'thumbnail')}
          alt=""
          loading="lazy"
          decoding="async"
          onError={() => fail(true)}
        />
      ) : (
        <Icon name="albums" />
      )}
    </span>
  )
}
