// Where the visitor is: `#/collections/ID?photo=ID`. Behind the `#`, so that the server has one page and learns nothing.
import { Store } from './store.ts'

export interface Route {
  /** The parts of the path: `['collections', ID]`. */
  path: string[]
  /** `photo` is the one that is looked at; the others are the conditions of a timeline. */
  query: Record<string, string>
}

export const route: Store<Route> = new Store(parse(location.hash))

addEventListener('hashchange', () => {
  route.set(parse(location.hash))
  // A photo lies over the screen below, which stays where it is.
  depth = history.state === null ? depth + 1 : Number(history.state)
  if (history.state === null) history.replaceState(depth, '')
})

let depth = Number(history.state ?? 0)
/** On the way back: whoever asks twice does not go twice as far. */
let leaving = false

addEventListener('popstate', () => (leaving = false))

/** What stands behind `#join=`, or null. */
export function joinSecret(hash: string): string | null {
  return /^#join=(.+)$/.exec(hash)?.[1] ?? null
}

export function parse(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?')
  return { path: path.split('/').filter(Boolean), query: Object.fromEntries(new URLSearchParams(query)) }
}

export function linkTo(path: string, query: Record<string, string | undefined> = {}): string {
  const given = Object.entries(query).filter((pair): pair is [string, string] => Boolean(pair[1]))
  const text = new URLSearchParams(given).toString()
  return `#/${path}${text ? `?${text}` : ''}`
}

/** The same screen with a photo over it, or without. */
export function photoLink(id: string | null): string {
  const { path, query } = route.value
  const { photo: _photo, ...rest } = query
  return linkTo(path.join('/'), id ? { ...rest, photo: id } : rest)
}

export function go(link: string): void {
  location.hash = link
}

/** Stays where it is in the history: stepping through photos is one step back. */
export function replace(link: string): void {
  history.replaceState(history.state, '', link)
  route.set(parse(link))
}

/** Back to the screen below a photo: by the history where that is where it came from. */
export function closePhoto(): void {
  if (leaving) return
  leaving = depth > 0
  if (leaving) history.back()
  else replace(photoLink(null))
}
