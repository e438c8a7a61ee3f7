// The page as a whole: who is here decides what there is, and the address which screen is shown.
import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { signedOut } from './client.ts'
import { JoinScreen, LostScreen } from './join.tsx'
import { listen, on } from './live.ts'
import { lazy } from './parts/lazy.tsx'
import { Messages } from './parts/say.tsx'
import { joinSecret, replace, route } from './route.ts'
import { me, readMe } from './session.ts'
import { PhotosScreen } from './photos.tsx'
import { looking } from './sequence.ts'
import { Shell } from './shell.tsx'
import { MoreScreen } from './more.tsx'
import { useStore } from './store.ts'
import { errorText, texts } from './texts.ts'

const Viewer = lazy(async () => (await import('./viewer/viewer.tsx')).Viewer)
const AddScreen = lazy(async () => (await import('./upload/screen.tsx')).AddScreen)
const CollectionsScreen = lazy(async () => (await import('./collections/list.tsx')).CollectionsScreen)
const CollectionScreen = lazy(async () => (await import('./collections/one.tsx')).CollectionScreen)
const PeopleScreen = lazy(async () => (await import('./people/screen.tsx')).PeopleScreen)
const StatusScreen = lazy(async () => (await import('./status.tsx')).StatusScreen)

export function App(): JSX.Element {
  const who = useStore(me)
  const lost = useStore(signedOut)
  const [failure, fail] = useState('')
  const photo = useStore(route).query['photo'] ?? null
  // Also of a link that is opened in a page that is there already.
  const secret = joinSecret(location.hash)
  const sequence = useStore(looking)

  const enter = (): void => {
    fail('')
    signedOut.set(false)
    readMe().then(listen, (error: { code?: string }) => fail(error.code ?? 'FAILED'))
  }
  useEffect(() => {
    if (!secret) enter()
    return on('members', () => void readMe().catch(() => {}))
  }, [])

  useEffect(() => {
    document.title = who?.album.name ?? texts.title
  }, [who])

  const joined = (): void => {
    replace('#/')
    enter()
  }

  if (secret) return <JoinScreen key={secret} secret={secret} onJoined={joined} />
  if (lost) return <LostScreen />
  if (!who) {
    return (
      <main class="plain" aria-busy={!failure}>
        {failure && (
          <>
            <h1>{texts.title}</h1>
            <p role="alert">{errorText(failure)}</p>
            <button type="button" class="primary" onClick={enter}>
              {texts.tryAgain}
            </button>
          </>
        )}
      </main>
    )
  }
  return (
    <>
      <Shell me={who} covered={photo !== null}>
        <Screen />
      </Shell>
      {photo && sequence && <Viewer sequence={sequence} id={photo} />}
      <Messages />
    </>
  )
}

function Screen(): JSX.Element {
  const { path, query } = useStore(route)
  const [name, id] = path
  switch (name) {
    case undefined:
      return <PhotosScreen key="photos" kind="photos" query={query} />
    case 'favourites':
      return <PhotosScreen key="favourites" kind="favourites" query={query} />
    case 'trash':
      return <PhotosScreen key="trash" kind="trash" query={query} />
    case 'collections':
      return id ? <CollectionScreen key={id} id={id} photo={query['photo'] ?? null} /> : <CollectionsScreen />
    case 'people':
      return <PeopleScreen />
    case 'status':
      return <StatusScreen />
    case 'add':
      return <AddScreen />
    case 'more':
      return <MoreScreen />
    default:
      return (
        <div class="empty">
          <h1>{texts.nothingHere}</h1>
          <a class="button" href="#/">
            {texts.nav.photos}
          </a>
        </div>
      )
  }
}
