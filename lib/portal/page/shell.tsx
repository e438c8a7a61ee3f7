// What is around every screen: the ways to the others, at the side of a desktop and at the bottom of a phone.
import type { ComponentChildren, JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import type { Me } from '../api.ts'
import { connected } from './live.ts'
import { Icon } from './parts/icons.tsx'
import { Initial } from './parts/initial.tsx'
import type { IconName } from './parts/icons.tsx'
import { linkTo, route } from './route.ts'
import { useStore } from './store.ts'
import { texts } from './texts.ts'
import { UploadChip } from './upload/chip.tsx'

export interface Way {
  path: string
  label: string
  icon: IconName
  /** On a phone behind `More`. */
  second?: boolean
}

export const WAYS: Way[] = [
  { path: '', label: texts.nav.photos, icon: 'photos' },
  { path: 'collections', label: texts.nav.collections, icon: 'albums' },
  { path: 'favourites', label: texts.nav.favourites, icon: 'heart' },
  { path: 'people', label: texts.nav.people, icon: 'people', second: true },
  { path: 'trash', label: texts.nav.trash, icon: 'trash', second: true },
  { path: 'status', label: texts.nav.status, icon: 'status', second: true }
]

/** Where the button for adding floats on a phone: elsewhere it would lie over other buttons. */
const FLOATING = ['', 'favourites', 'collections']

interface Props {
  me: Me
  /** Whether a photo lies over all of it. */
  covered: boolean
  children: ComponentChildren
}

export function Shell({ me, covered, children }: Props): JSX.Element {
  const { path } = useStore(route)
  const live = useStore(connected)
  const here = path[0] ?? ''
  const main = useRef<HTMLElement>(null)
  const before = useRef(path.join('/'))

  // A new screen begins at its top, and screen readers begin to read there.
  useEffect(() => {
    if (before.current === path.join('/')) return
    before.current = path.join('/')
    scrollTo({ top: 0, behavior: 'instant' })
    main.current?.focus({ preventScroll: true })
  }, [path.join('/')])

  const current = (way: string): 'page' | undefined => (way === here ? 'page' : undefined)
  const second = WAYS.some((way) => way.second && way.path === here) || here === 'more'
  return (
    <div class="shell" inert={covered}>
      <a
        class="skip"
        href="#main"
        onClick={(event) => {
          event.preventDefault()
          main.current?.focus()
        }}
      >
        {texts.skip}
      </a>
      <nav class="ways" aria-label={texts.nav.label}>
        <p class="album-name">{me.album.name}</p>
        {me.can.contribute && (
          <a
            class={FLOATING.includes(here) ? 'button primary add' : 'button primary add only-side'}
            href={linkTo('add', here === 'collections' ? { collection: path[1] } : {})}
            aria-current={current('add')}
          >
            <Icon name="plus" />
            <span>{texts.nav.add}</span>
          </a>
        )}
        <ul>
          {WAYS.map(({ path: way, label, icon, second: behind }) => (
            <li key={way} class={behind ? 'second' : ''}>
              <a href={`#/${way}`} aria-current={current(way)}>
                <Icon name={icon} />
                <span>{label}</span>
              </a>
            </li>
          ))}
          <li class="only-phone">
            <a href="#/more" aria-current={second ? 'page' : undefined}>
              <Icon name="more" />
              <span>{texts.nav.more}</span>
            </a>
          </li>
        </ul>
        <a class="who" href="#/more">
          <Initial name={me.member.name} />
          <span>
            <span class="unseen">{texts.signedInAs} </span>
            {me.member.name}
          </span>
        </a>
      </nav>
      <main id="main" ref={main} tabIndex={-1}>
        {!live && (
          <p class="notice" role="status">
            {texts.notConnected}
          </p>
        )}
        {children}
      </main>
      {me.can.contribute && <UploadChip here={here === 'add'} />}
    </div>
  )
}
