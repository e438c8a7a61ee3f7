// On a phone: the ways that have no room at the bottom. Everywhere: who one is here, and leaving.
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { signedOut } from './client.ts'
import { hush, listen } from './live.ts'
import { Confirm } from './parts/dialog.tsx'
import { Icon } from './parts/icons.tsx'
import { Initial } from './parts/initial.tsx'
import { attempt } from './parts/say.tsx'
import { me, signOut } from './session.ts'
import { WAYS } from './shell.tsx'
import { useStore } from './store.ts'
import { texts } from './texts.ts'

export function MoreScreen(): JSX.Element {
  const who = useStore(me)
  const [asking, ask] = useState(false)
  const leave = (): void => {
    // The answer clears what the browser keeps: it comes first, before the end is heard of and the page may be closed.
    hush()
    void attempt(async () => {
      await signOut()
      signedOut.set(true)
    }).then((well) => well || listen())
  }
  return (
    <div class="page narrow">
      <h1>{texts.nav.more}</h1>
      <p class="card person">
        <Initial name={who?.member.name ?? ''} />
        <span>
          <strong>{who?.member.name}</strong>
          <br />
          <span class="muted">{who && texts.hereAs(texts.roles[who.member.role], who.album.name)}</span>
        </span>
      </p>
      <ul class="rows">
        {WAYS.filter((way) => way.second).map(({ path, label, icon }) => (
          <li key={path}>
            <a class="row" href={`#/${path}`}>
              <Icon name={icon} />
              <span>{label}</span>
              <Icon name="forward" />
            </a>
          </li>
        ))}
        <li>
          <button type="button" class="row" onClick={() => ask(true)}>
            <Icon name="out" />
            <span>{texts.signOut}</span>
          </button>
        </li>
      </ul>
      {asking && (
        <Confirm
          title={texts.signOut}
          text={texts.signOutText}
          action={texts.signOut}
          onConfirm={leave}
          onClose={() => ask(false)}
        />
      )}
    </div>
  )
}
