// Short messages: seen at the bottom for a while, and read out by screen readers.
import type { JSX } from 'preact'
import { codeOf } from '../client.ts'
import { Store, useStore } from '../store.ts'
import { errorText, texts } from '../texts.ts'
import { Icon } from './icons.tsx'

interface Message {
  text: string
  /** Something that can be done about it. */
  action?: { label: string; run: () => void } | undefined
}

const message: Store<Message | null> = new Store<Message | null>(null)
let timer: ReturnType<typeof setTimeout> | undefined

export function say(text: string, action?: Message['action']): void {
  clearTimeout(timer)
  message.set({ text, action })
  timer = setTimeout(() => message.set(null), action ? 10_000 : 5000)
}

/** Says what went wrong, in plain words. */
export function sayError(error: unknown): void {
  say(errorText(codeOf(error)))
}

/** Does something and says what went wrong with it; answers whether it went well. */
export async function attempt(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work()
    return true
  } catch (error) {
    sayError(error)
    return false
  }
}

export function Messages(): JSX.Element {
  const shown = useStore(message)
  const { action, text } = shown ?? {}
  const run = (): void => {
    message.set(null)
    action?.run()
  }
  return (
    <div class="messages" role="status" aria-live="polite">
      {text && (
        <p class="message">
          <span>{text}</span>
          {action && (
            <button type="button" class="quiet" onClick={run}>
              {action.label}
            </button>
          )}
          <button type="button" class="bare" aria-label={texts.close} onClick={() => message.set(null)}>
            <Icon name="close" />
          </button>
        </p>
      )}
    </div>
  )
}
