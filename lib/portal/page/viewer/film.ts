// A video with the browser's own controls: they seek, and know keyboards and screen readers.
import type { Cell } from '../../api.ts'
import { photoAddress } from '../client.ts'

/** Pixels at its lower end where the browser's controls are. */
const CONTROLS = 72

export class Film {
  readonly element: HTMLDivElement = document.createElement('div')
  readonly video: HTMLVideoElement = document.createElement('video')
  readonly #address: string

  constructor(cell: Cell, onfailed: () => void) {
    const { element, video } = this
    this.#address = photoAddress(cell.id, 'original')
    element.className = 'film'
    video.controls = true
    video.playsInline = true
    video.preload = 'metadata'
    video.setAttribute('aria-label', cell.caption || cell.name)
    if (cell.thumbnail) video.poster = photoAddress(cell.id, 'preview')
    video.onerror = () => video.hasAttribute('src') && onfailed()
    // Moving the video's own slider is no swipe.
    for (const name of ['pointerdown', 'touchstart'] as const) {
      video.addEventListener(name, (event) => {
        const box = video.getBoundingClientRect()
        const at = event instanceof PointerEvent ? event.clientY : (event.touches[0]?.clientY ?? 0)
        if (at > box.bottom - CONTROLS) event.stopPropagation()
      })
    }
    element.append(video)
    this.leave()
  }

  /** It is looked at: only now its bytes are asked for. */
  show(): void {
    this.element.inert = false
    if (!this.video.hasAttribute('src')) this.video.src = this.#address
  }

  /** A video beside the one that is looked at holds no connection, of which browsers have six, and no focus. */
  leave(): void {
    const { element, video } = this
    element.inert = true
    video.pause()
    if (!video.hasAttribute('src')) return
    video.removeAttribute('src')
    video.load()
  }
}
