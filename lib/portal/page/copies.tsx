// How many devices are to hold each original, and how many photos fewer hold.
import type { JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { PortalHealth, PromiseRequest } from '../api.ts'
import { codeOf, get, send } from './client.ts'
import { Dialog } from './parts/dialog.tsx'
import { Actions } from './parts/fields.tsx'
import { useAsked } from './parts/asked.ts'
import { attempt } from './parts/say.tsx'
import { Trouble } from './parts/trouble.tsx'
import { me } from './session.ts'
import { useStore } from './store.ts'
import { errorText, texts } from './texts.ts'

// The portal counts no more often than it can bear, and of what devices say that they hold nothing tells: it is asked again.
const AGAIN = 30_000
const MOST = 100

interface Props {
  promised: number
  onChanged: () => void
}

export function Copies({ promised, onChanged }: Props): JSX.Element {
  const { status } = texts
  const [changing, change] = useState(false)
  // Who looks elsewhere has nothing counted any more.
  const leaving = useRef(new AbortController())
  useEffect(() => () => leaving.current.abort(), [])
  const { value, error, again } = useAsked(
    () => get<PortalHealth>('health', {}, leaving.current.signal),
    ['peers', 'changes', 'reset']
  )
  const manages = useStore(me)?.can.manage ?? false
  useEffect(() => {
    const timer = setInterval(again, AGAIN)
    return () => clearInterval(timer)
  }, [again])
  const changed = (): void => {
    onChanged()
    again()
  }
  return (
    <>
      {status.promised(promised)}
      <small role="status">{error === null && (value ? lackText(value) : status.counting)}</small>
      {error !== null && <Trouble text={errorText(codeOf(error))} again={again} />}
      {manages && (
        <button type="button" class="quiet" onClick={() => change(true)}>
          {status.promise}
        </button>
      )}
      {changing && <PromiseDialog promised={promised} onChanged={changed} onClose={() => change(false)} />}
    </>
  )
}

function lackText({ lacking, single }: PortalHealth): string {
  const { status } = texts
  return lacking === 0 ? status.noneLack : `${status.lack(lacking, single)} ${status.lackHelp}`
}

function PromiseDialog({ promised, onChanged, onClose }: Props & { onClose: () => void }): JSX.Element {
  const [typed, type] = useState(String(promised))
  return (
    <Dialog title={texts.status.promiseTitle} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          onClose()
          const request: PromiseRequest = { copies: Number(typed) }
          void attempt(() => send('POST', 'promise', request)).then(onChanged)
        }}
      >
        <label class="field">
          <span>{texts.status.promiseLabel}</span>
          <input
            type="number"
            required
            autofocus
            min={1}
            max={MOST}
            value={typed}
            onInput={(event) => type(event.currentTarget.value)}
          />
        </label>
        <Actions action={texts.save} onClose={onClose} />
      </form>
    </Dialog>
  )
}
