// Asks for a name.
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { Dialog } from './dialog.tsx'
import { Actions, NameField } from './fields.tsx'

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
        <NameField label={label} value={name} onInput={type} />
        <Actions action={action} onClose={onClose} />
      </form>
    </Dialog>
  )
}
