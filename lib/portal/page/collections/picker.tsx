// Asks for a collection, which may be a new one.
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { CollectionList } from '../../api.ts'
import type { Collection } from '../../../types.ts'
import { get, send } from '../client.ts'
import { useAsked } from '../parts/asked.ts'
import { Dialog } from '../parts/dialog.tsx'
import { attempt } from '../parts/say.tsx'
import { texts } from '../texts.ts'
import { Cover } from './list.tsx'

interface Props {
  onPick: (id: string, name: string) => void
  onClose: () => void
}

export function Picker({ onPick, onClose }: Props): JSX.Element {
  const { value } = useAsked(() => get<CollectionList>('collections'))
  const [name, type] = useState('')
  const create = (event: Event): void => {
    event.preventDefault()
    void attempt(async () => {
      const made = await send<Collection>('POST', 'collections', { name: name.trim() })
      onPick(made.id, made.name)
    })
  }
  return (
    <Dialog title={texts.collections.pick} onClose={onClose}>
      <ul class="rows picker">
        {value?.collections.map((collection) => (
          <li key={collection.id}>
            <button type="button" class="row" onClick={() => onPick(collection.id, collection.name)}>
              <Cover of={collection} />
              <span>{collection.name}</span>
              <span class="muted">{texts.photos(collection.count)}</span>
            </button>
          </li>
        ))}
      </ul>
      <form class="inline" onSubmit={create}>
        <label class="field">
          <span>{texts.collections.create}</span>
          <input
            type="text"
            required
            maxLength={100}
            value={name}
            onInput={(event) => type(event.currentTarget.value)}
          />
        </label>
        <button type="submit">{texts.create}</button>
      </form>
    </Dialog>
  )
}
