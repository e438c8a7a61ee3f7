import type { JSX } from 'preact'
import { texts } from '../texts.ts'

/** What ends a form in a dialog: leaving it, or doing it. */
export function Actions({ action, onClose }: { action: string; onClose: () => void }): JSX.Element {
  return (
    <footer>
      <button type="button" onClick={onClose}>
        {texts.cancel}
      </button>
      <button type="submit" class="primary">
        {action}
      </button>
    </footer>
  )
}

interface NameFieldProps {
  label: string
  value: string
  onInput: (value: string) => void
}

export function NameField({ label, value, onInput }: NameFieldProps): JSX.Element {
  return (
    <label class="field">
      <span>{label}</span>
      <input
        type="text"
        required
        autofocus
        maxLength={100}
        value={value}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
    </label>
  )
}

interface RoleFieldProps<T extends string> {
  roles: readonly T[]
  value: T
  onChoose: (role: T) => void
}

export function RoleField<T extends 'owner' | 'contributor' | 'viewer'>(
  props: RoleFieldProps<T>
): JSX.Element {
  const { roles, value, onChoose } = props
  return (
    <fieldset>
      <legend>{texts.people.role}</legend>
      {roles.map((one) => (
        <label key={one} class="choice">
          <input type="radio" name="role" checked={value === one} onChange={() => onChoose(one)} />
          <span>
            {texts.roles[one]}
            <small>{texts.roleTexts[one]}</small>
          </span>
        </label>
      ))}
    </fieldset>
  )
}
