// A photo's square in a grid.
import { Component } from 'preact'
import type { JSX } from 'preact'
import type { Cell } from '../../api.ts'
import { photoAddress } from '../client.ts'
import { length } from '../dates.ts'
import { on } from '../live.ts'
import { Icon } from '../parts/icons.tsx'
import { photoLink } from '../route.ts'
import { cellText, texts } from '../texts.ts'
import { drawPlaceholder } from './placeholder.ts'

export interface SquareProps {
  cell: Cell | null
  /** Its place in the sequence. */
  index: number
  left: number
  top: number
  side: number
  /** Whether the Tab key comes here: to one square of a grid. */
  reachable: boolean
  marked: boolean
  /** Whether photos are being marked: a tap marks instead of opening. */
  marking: boolean
  onMark: ((index: number, range: boolean) => void) | null
}

/** How long a finger rests on a photo to mark it. */
const PRESS = 450

export class Square extends Component<SquareProps> {
  #press: ReturnType<typeof setTimeout> | undefined
  #pressed = false

  override shouldComponentUpdate(next: SquareProps): boolean {
    const now = this.props
    return (Object.keys(next) as (keyof SquareProps)[]).some(
      (name) => name !== 'onMark' && next[name] !== now[name]
    )
  }

  override componentWillUnmount(): void {
    clearTimeout(this.#press)
  }

  override render({ cell, index, left, top, side, reachable, marked, onMark }: SquareProps): JSX.Element {
    return (
      <li
        class={marked ? 'square marked' : 'square'}
        style={{ left: `${left}px`, top: `${top}px`, width: `${side}px`, height: `${side}px` }}
      >
        <a
          href={cell ? photoLink(cell.id) : '#/'}
          aria-disabled={cell === null}
          data-index={index}
          tabIndex={reachable ? 0 : -1}
          aria-label={cell ? cellText(cell) : texts.loading}
          draggable={false}
          onClick={this.#clicked}
          onPointerDown={this.#down}
          onPointerUp={this.#up}
          onPointerLeave={this.#up}
          onPointerCancel={this.#up}
          onContextMenu={(event) => this.#pressed && event.preventDefault()}
        >
          {cell && <Picture key={cell.id} cell={cell} />}
          {cell && <Badges cell={cell} />}
        </a>
        {onMark && cell && (
          <button
            type="button"
            class="mark"
            tabIndex={reachable ? 0 : -1}
            aria-pressed={marked}
            aria-label={texts.mark}
            onClick={(event) => onMark(index, event.shiftKey)}
          >
            <Icon name="check" />
          </button>
        )}
      </li>
    )
  }

  readonly #clicked = (event: MouseEvent): void => {
    const { marking, onMark, index, cell } = this.props
    const pressed = this.#pressed
    this.#pressed = false
    if (!cell) event.preventDefault()
    if (!onMark || (!pressed && !marking && !event.shiftKey)) return
    event.preventDefault()
    if (!pressed) onMark(index, event.shiftKey)
  }

  readonly #down = (event: PointerEvent): void => {
    this.#pressed = false
    if (event.pointerType === 'mouse' || !this.props.onMark || this.props.marking) return
    this.#press = setTimeout(() => {
      this.#pressed = true
      this.props.onMark?.(this.props.index, false)
    }, PRESS)
  }

  readonly #up = (): void => clearTimeout(this.#press)
}

/** The placeholder at once, the thumbnail over it when it is there. */
export class Picture extends Component<{ cell: Cell }, { failed: boolean }> {
  override state = { failed: false }
  #ends: (() => void)[] = []

  override componentWillUnmount(): void {
    this.#forgive()
  }

  override shouldComponentUpdate(next: { cell: Cell }, state: { failed: boolean }): boolean {
    return next.cell.thumbnail !== this.props.cell.thumbnail || state.failed !== this.state.failed
  }

  override render({ cell }: { cell: Cell }, { failed }: { failed: boolean }): JSX.Element {
    return (
      <>
        {cell.placeholder && <canvas ref={this.#draw} aria-hidden="true" />}
        {cell.thumbnail && !failed && (
          <img
            src={photoAddress(cell.id, 'thumbnail')}
            alt=""
            decoding="async"
            draggable={false}
            ref={showWhere}
            onLoad={(event) => event.currentTarget.classList.add('there')}
            onError={this.#failed}
          />
        )}
      </>
    )
  }

  /** It is asked for again where the portal is reached again, or somebody comes who may have it. */
  readonly #failed = (): void => {
    const again = (): void => {
      this.#forgive()
      this.setState({ failed: false })
    }
    this.setState({ failed: true })
    this.#ends = [on('hello', again), on('peers', again)]
  }

  #forgive(): void {
    for (const end of this.#ends) end()
  }

  readonly #draw = (canvas: HTMLCanvasElement | null): void => {
    if (canvas) drawPlaceholder(canvas, this.props.cell.placeholder ?? '')
  }
}

/** What comes from the browser's memory does not fade in. */
function showWhere(image: HTMLImageElement | null): void {
  if (image?.complete && image.naturalWidth > 0) image.classList.add('there')
}

function Badges({ cell }: { cell: Cell }): JSX.Element {
  return (
    <span class="badges" aria-hidden="true">
      {cell.favourite && <Icon name="heart" filled />}
      {cell.live && <Icon name="live" />}
      {cell.type === 'video' && (
        <span class="duration">
          <Icon name="play" filled />
          {cell.duration !== null && length(cell.duration)}
        </span>
      )}
    </span>
  )
}
