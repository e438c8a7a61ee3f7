// What is known of a photo, and the parts of it that people say: caption, tags, date.
import type { ComponentChildren, JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { PhotoDetails, PhotoJson } from '../../api.ts'
import type { CapturedAt, HistoryEntry } from '../../../types.ts'
import { edit } from '../changing.ts'
import { photoAddress } from '../client.ts'
import { bytes, timeOf, wallTime } from '../dates.ts'
import { Icon } from '../parts/icons.tsx'
import { attempt, say } from '../parts/say.tsx'
import { on } from '../live.ts'
import { linkTo } from '../route.ts'
import { texts } from '../texts.ts'
import { Holders } from './holders.tsx'

interface Props {
  details: PhotoDetails | null
  onClose: () => void
  onChanged: () => void
}

export function DetailsPanel({ details, onClose, onChanged }: Props): JSX.Element {
  const save = (patch: Parameters<typeof edit>[1]): void => {
    if (!details) return
    void attempt(() => edit([details.photo.id], patch)).then((well) => {
      if (well) say(texts.done.saved)
      onChanged()
    })
  }
  // Who holds it may have come or gone.
  useEffect(() => on('peers', onChanged), [details?.photo.id])
  return (
    <aside class="details" aria-label={texts.details.title}>
      <header>
        <h2>{texts.details.title}</h2>
        <button type="button" class="bare" aria-label={texts.close} onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      {details ? (
        <Facts key={details.photo.id} {...details} onSave={save} />
      ) : (
        <div class="loading" aria-busy="true" />
      )}
    </aside>
  )
}

function Facts({
  photo,
  history,
  copies,
  can,
  onSave
}: PhotoDetails & { onSave: (patch: Parameters<typeof edit>[1]) => void }): JSX.Element {
  const alsoBy = photo.alsoBy.map((author) => author.name)
  return (
    <div class="facts">
      {photo.trashed && (
        <p class="notice">{texts.details.inTrash(photo.trashed.by.name, timeOf(photo.trashed.at))}</p>
      )}
      {photo.damaged && <p class="notice">{texts.details.damaged}</p>}
      {can.edit ? (
        <>
          <Field
            label={texts.details.caption}
            hint={texts.details.captionHint}
            value={photo.caption}
            long
            onSave={(caption) => onSave({ caption })}
          />
          <Field
            label={texts.details.tags}
            hint={texts.details.tagsHint}
            value={photo.tags.join(', ')}
            onSave={(text) => onSave({ tags: text.split(',').flatMap((tag) => tag.trim() || []) })}
          />
        </>
      ) : (
        photo.caption && <p>{photo.caption}</p>
      )}
      {photo.tags.length > 0 && (
        <ul class="chips" aria-label={texts.details.tags}>
          {photo.tags.map((tag) => (
            <li key={tag}>
              <a class="chip" href={linkTo('', { tag })}>
                {tag}
              </a>
            </li>
          ))}
        </ul>
      )}
      <dl>
        <When photo={photo} onSave={can.edit ? (local) => onSave({ capturedAt: { local } }) : null} />
        {photo.location && (
          <Fact name={texts.details.place}>
            {placeText(photo.location.latitude, photo.location.longitude)}
            {photo.location.altitude !== null && (
              <small>{texts.details.altitude(photo.location.altitude)}</small>
            )}
          </Fact>
        )}
        {photo.camera && <Fact name={texts.details.camera}>{photo.camera}</Fact>}
        <Fact name={texts.details.by}>
          {photo.by.name}
          <small>{texts.details.via(photo.via.name, timeOf(photo.addedAt))}</small>
          {alsoBy.length > 0 && <small>{texts.details.alsoBy(alsoBy)}</small>}
        </Fact>
        <Fact name={texts.details.files}>
          <span class="break">{photo.name}</span>
          {photo.files.map((file) => (
            <small key={file.sha256}>
              {texts.details.roles[file.role]}: {file.type}, {bytes(file.size)}
              {file.role === 'original' &&
                photo.width &&
                photo.height &&
                `, ${photo.width} × ${photo.height}`}
            </small>
          ))}
          <a href={photoAddress(photo.id, 'original', { download: 1, strip: 1 })} download>
            {texts.details.downloadStripped}
          </a>
        </Fact>
        <Fact name={texts.details.copies}>
          <Holders copies={copies.filter(({ variants }) => variants.includes('original'))} />
        </Fact>
        {history.length > 0 && (
          <Fact name={texts.details.history}>
            {history.toReversed().map((entry, index) => (
              <span key={index} class="line">
                {texts.details.changed[entry.field]}: {valueText(entry.before)} → {valueText(entry.after)}
                <small>
                  {entry.by.name}, {timeOf(entry.at)}
                </small>
              </span>
            ))}
          </Fact>
        )}
      </dl>
    </div>
  )
}

function Fact({ name, children }: { name: string; children: ComponentChildren }): JSX.Element {
  return (
    <div class="fact">
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}

function When({
  photo,
  onSave
}: {
  photo: PhotoJson
  onSave: ((local: string) => void) | null
}): JSX.Element {
  const { local, zone, source } = photo.capturedAt
  const [editing, edit] = useState(false)
  const [value, type] = useState(local.slice(0, 19))
  return (
    <Fact name={texts.details.date}>
      {wallTime(local)}
      <small>{texts.details.sources[source]}</small>
      {zone && <small>{texts.details.zone(zone)}</small>}
      {onSave && !editing && (
        <button type="button" class="quiet" onClick={() => edit(true)}>
          {texts.details.editDate}
        </button>
      )}
      {onSave && editing && (
        <form
          class="inline"
          onSubmit={(event) => {
            event.preventDefault()
            edit(false)
            onSave(value.length === 16 ? `${value}:00` : value)
          }}
        >
          <input
            type="datetime-local"
            step="1"
            required
            aria-label={texts.details.date}
            value={value}
            onInput={(event) => type(event.currentTarget.value)}
          />
          <button type="submit">{texts.save}</button>
          <button type="button" class="quiet" onClick={() => edit(false)}>
            {texts.cancel}
          </button>
        </form>
      )}
    </Fact>
  )
}

interface FieldProps {
  label: string
  hint: string
  value: string
  long?: boolean
  onSave: (value: string) => void
}

/** A text that is saved when one leaves it, or with Enter. */
function Field({ label, hint, value, long, onSave }: FieldProps): JSX.Element {
  const [typed, type] = useState<string | null>(null)
  const text = typed ?? value
  const leave = (): void => {
    type(null)
    if (text.trim() !== value) onSave(text.trim())
  }
  const common = {
    value: text,
    placeholder: hint,
    onInput: (event: { currentTarget: { value: string } }) => type(event.currentTarget.value),
    onBlur: leave,
    onKeyDown: (event: KeyboardEvent) => {
      event.stopPropagation()
      // Enter may also end the choice of a letter.
      if (event.key === 'Enter' && !event.shiftKey && !event.isComposing)
        (event.currentTarget as HTMLElement).blur()
      if (event.key === 'Escape') type(null)
    }
  }
  return (
    <label class="field">
      <span>{label}</span>
      {long ? <textarea rows={2} {...common} /> : <input type="text" autocapitalize="none" {...common} />}
    </label>
  )
}

/** `55.6761° N, 12.5683° E` */
function placeText(latitude: number, longitude: number): string {
  const degrees = new Intl.NumberFormat(undefined, { minimumFractionDigits: 4, maximumFractionDigits: 4 })
  const one = (value: number, [plus, minus]: [string, string]): string =>
    `${degrees.format(Math.abs(value))}° ${value < 0 ? minus : plus}`
  return `${one(latitude, ['N', 'S'])}, ${one(longitude, ['E', 'W'])}`
}

function valueText(value: HistoryEntry['before']): string {
  if (typeof value === 'string') return value || texts.details.none
  if (Array.isArray(value)) return value.join(', ') || texts.details.none
  return wallTime((value as CapturedAt).local)
}
