// Asks for a name.
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { texts } from '../texts.ts'
import { Dialog } from './dialog.tsx'

interface Props {
  title: string
  label: string
  action: string
  value?: string
  onName: (name: string) => void
  onClose: () => void
}

export function NameDialog({ title, label, action, value = '', onName, onClose }: Props): JSX.Element {
  const [name, type] = useState(value)
  return (
    <Dialog title={title} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          onClose()
          if (name.trim() && name.trim() !== value) onName(name.trim())
        }}
      >
        <label class="field">
          <span>{label}</span>
          <input
            type="text"
            required
            autofocus
            maxLength={100}
            value={name}
            onInput={(event) => type(event.currentTarget.value)}
          />
        </label>
        <footer>
          <button type="button" onClick={onClose}>
            {texts.cancel}
          </button>
          <button type="submit" class="primary">
            {action}
          </button>
        </footer>
      </form>
    </Dialog>
  )
}
