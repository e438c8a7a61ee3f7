// Adding photos: choose or drop, and see what becomes of each.
import type { JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { CollectionList } from '../../api.ts'
import { get } from '../client.ts'
import { bytes } from '../dates.ts'
import { useAsked } from '../parts/asked.ts'
import { Icon } from '../parts/icons.tsx'
import { linkTo, route } from '../route.ts'
import { me } from '../session.ts'
import { useStore } from '../store.ts'
import { errorText, texts } from '../texts.ts'
import { filesOf } from './picking.ts'
import { addFiles, cancel, cancelAll, clearDone, retryFailed } from './queue.ts'
import { isDone, items, sums } from './state.ts'
import type { Item } from './state.ts'

/** What phones may pick: naming HEIC keeps an iPhone from converting it. */
const ACCEPTED = 'image/*,video/*,image/heic,image/heif,.heic,.heif,.avif,.dng,.tif,.tiff,.mov'

/** Rows that are drawn: of thousands those that are under way come first. */
const ROWS = 200

export function AddScreen(): JSX.Element {
  const who = useStore(me)
  const all = useStore(items)
  const picker = useRef<HTMLInputElement>(null)
  const [collection, into] = useState(() => route.value.query['collection'] ?? '')
  const [over, drag] = useState(false)
  const { value } = useAsked(() => get<CollectionList>('collections'))
  const sum = sums(all)
  const paused = all.some((item) => item.state === 'paused' && item.sent > 0)

  // Anywhere on the screen: who drops beside the frame does not want to leave the page.
  useEffect(() => {
    const hover = (event: DragEvent): void => {
      event.preventDefault()
      drag(event.type === 'dragover')
    }
    const drop = (event: DragEvent): void => {
      hover(event)
      if (event.dataTransfer) void filesOf(event.dataTransfer).then((files) => addFiles(files, collection))
    }
    addEventListener('dragover', hover)
    addEventListener('dragleave', hover)
    addEventListener('drop', drop)
    return () => {
      removeEventListener('dragover', hover)
      removeEventListener('dragleave', hover)
      removeEventListener('drop', drop)
    }
  }, [collection])

  if (!who?.can.contribute) {
    return (
      <div class="empty">
        <h1>{texts.upload.title}</h1>
        <p>{errorText('FORBIDDEN')}</p>
      </div>
    )
  }
  const rows =
    all.length > ROWS ? all.toSorted((a, b) => Number(isDone(a)) - Number(isDone(b))).slice(0, ROWS) : all
  return (
    <div class="page narrow">
      <h1>{texts.upload.title}</h1>
      <div class={over ? 'drop over' : 'drop'}>
        <button type="button" class="primary large" onClick={() => picker.current?.click()}>
          <Icon name="plus" />
          <span>{texts.upload.pick}</span>
        </button>
        <input
          ref={picker}
          type="file"
          multiple
          accept={ACCEPTED}
          hidden
          onChange={(event) => {
            addFiles([...(event.currentTarget.files ?? [])], collection)
            // The same files may be picked again.
            event.currentTarget.value = ''
          }}
        />
        <p class="muted only-wide">{texts.upload.drop}</p>
        {value && value.collections.length > 0 && (
          <label class="field inline">
            <span>{texts.upload.into}</span>
            <select value={collection} onChange={(event) => into(event.currentTarget.value)}>
              <option value="">{texts.upload.noCollection}</option>
              {value.collections.map(({ id, name }) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </select>
          </label>
        )}
      </div>
      {all.length === 0 ? (
        <p class="muted">{texts.upload.hint}</p>
      ) : (
        <section aria-label={texts.upload.progressAll}>
          <div class="total">
            <p role="status">
              {sum.done === sum.total
                ? texts.upload.finished(sum.total)
                : texts.upload.all(sum.done, sum.total)}
              {paused && ` · ${texts.upload.waitingForNetwork}`}
            </p>
            <progress aria-label={texts.upload.progressAll} max={sum.bytesTotal || 1} value={sum.bytes} />
            <p class="muted">
              {bytes(sum.bytes)} / {bytes(sum.bytesTotal)}
            </p>
            <div class="buttons">
              {sum.done < sum.total && (
                <button type="button" onClick={cancelAll}>
                  {texts.upload.stopAll}
                </button>
              )}
              {sum.again > 0 && (
                <button type="button" onClick={retryFailed}>
                  {texts.upload.retryFailed}
                </button>
              )}
              {sum.done > 0 && (
                <button type="button" class="quiet" onClick={clearDone}>
                  {texts.upload.clear}
                </button>
              )}
            </div>
          </div>
          <ul class="rows uploads">
            {rows.map((item) => (
              <Row key={item.key} item={item} limit={who.limits.uploadBytes} />
            ))}
          </ul>
          <p class="muted">{texts.upload.hint}</p>
          <p class="muted">{texts.upload.again}</p>
        </section>
      )}
    </div>
  )
}

function Row({ item, limit }: { item: Item; limit: number }): JSX.Element {
  const { file, state, sent, photo } = item
  const moving = state === 'sending' || state === 'paused' || state === 'adding'
  return (
    <li class={`upload ${state}`}>
      <div class="what">
        <span class="name">{file.name}</span>
        <span class="muted">{stateText(item, limit)}</span>
      </div>
      {moving && <progress aria-label={texts.upload.progress(file.name)} max={file.size} value={sent} />}
      {photo && (state === 'added' || state === 'duplicate') && (
        <a
          class="quiet button"
          href={linkTo('', { photo })}
          aria-label={`${texts.upload.look}: ${file.name}`}
        >
          {texts.upload.look}
        </a>
      )}
      {!isDone(item) && (
        <button
          type="button"
          class="bare"
          aria-label={`${texts.upload.stop}: ${file.name}`}
          onClick={() => cancel(item)}
        >
          <Icon name="close" />
        </button>
      )}
    </li>
  )
}

function stateText({ state, sent, file, code }: Item, limit: number): string {
  const { states } = texts.upload
  if (state === 'sending') return states.sending(`${bytes(sent)} / ${bytes(file.size)}`)
  if (state === 'paused' && sent === 0) return states.waiting
  if (state !== 'failed') return states[state]
  return code === 'TOO_LARGE' ? texts.upload.tooLarge(bytes(limit)) : `${states.failed}. ${errorText(code)}`
}
