// Conditions of the timeline: who added it, photos or videos, a tag.
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { MemberList, PhotoFilter } from '../api.ts'
import { get } from './client.ts'
import { useAsked } from './parts/asked.ts'
import { linkTo, replace } from './route.ts'
import { texts } from './texts.ts'

const NAMES = ['member', 'type', 'tag'] as const

/** The conditions in an address. */
export function filterOf(query: Record<string, string>): PhotoFilter {
  return Object.fromEntries(NAMES.flatMap((name) => (query[name] ? [[name, query[name]]] : [])))
}

export function FilterBar({ query }: { query: Record<string, string> }): JSX.Element {
  const { value } = useAsked(() => get<MemberList>('members'), ['members'])
  const [tag, type] = useState(query['tag'] ?? '')
  const set = (change: Record<string, string>): void => replace(linkTo('', { ...query, ...change }))
  return (
    <form
      class="filter"
      role="search"
      onSubmit={(event) => {
        event.preventDefault()
        set({ tag: tag.trim() })
      }}
    >
      <label>
        <span>{texts.filter.member}</span>
        <select
          value={query['member'] ?? ''}
          onChange={(event) => set({ member: event.currentTarget.value })}
        >
          <option value="">{texts.filter.everybody}</option>
          {value?.members.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label>
        <span>{texts.filter.type}</span>
        <select value={query['type'] ?? ''} onChange={(event) => set({ type: event.currentTarget.value })}>
          <option value="">{texts.filter.both}</option>
          <option value="image">{texts.filter.images}</option>
          <option value="video">{texts.filter.videos}</option>
        </select>
      </label>
      <label>
        <span>{texts.filter.tag}</span>
        <input
          type="search"
          value={tag}
          enterkeyhint="search"
          autocapitalize="none"
          onInput={(event) => type(event.currentTarget.value)}
          onBlur={() => tag.trim() !== (query['tag'] ?? '') && set({ tag: tag.trim() })}
        />
      </label>
      {NAMES.some((name) => query[name]) && (
        <button
          type="button"
          class="quiet"
          onClick={() => {
            type('')
            set({ member: '', type: '', tag: '' })
          }}
        >
          {texts.filter.clear}
        </button>
      )}
    </form>
  )
}
