// PhotoSwipe, stepping through a sequence whose photos are loaded as they come near: zoom, swipe, and what is drawn.
import PhotoSwipe from 'photoswipe'
import type { PreparedPhotoSwipeOptions, SlideData } from 'photoswipe'
import type { Cell } from '../../api.ts'
import { photoAddress } from '../client.ts'
import type { Sequence } from '../sequence.ts'

/** A size for what says none, and for what is not loaded yet. */
const UNKNOWN = { width: 1600, height: 1200 }
/** Beyond this much of the preview's size, the original is fetched. */
const SHARP = 1600

export interface StageEvents {
  /** Another photo is looked at. */
  onshow: (index: number) => void
  /** Swiped away, or Escape. */
  onclose: () => void
  /** Something could not be shown. */
  onfailed: (cell: Cell, address: string) => void
  ontap: () => void
}

/** Whether a key is meant for what is typed into, or pressed. */
function isTaken(event: KeyboardEvent): boolean {
  return (
    event.target instanceof Element && event.target.closest('input, textarea, select, dialog, video') !== null
  )
}

export class Stage {
  readonly #swipe: PhotoSwipe
  readonly #sequence: Sequence
  readonly #unlisten: () => void
  #over = false

  constructor(container: HTMLElement, sequence: Sequence, index: number, events: StageEvents) {
    this.#sequence = sequence
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches
    const options: Partial<PreparedPhotoSwipeOptions> = {
      appendToEl: container,
      index,
      bgOpacity: 1,
      arrowPrev: false,
      arrowNext: false,
      close: false,
      zoom: false,
      counter: false,
      loop: false,
      wheelToZoom: true,
      // The viewer around takes them, also before PhotoSwipe has come in.
      arrowKeys: false,
      // The page around is inert already, and the panel beside the photo is no part of PhotoSwipe.
      trapFocus: false,
      returnFocus: false,
      showHideAnimationType: still ? 'none' : 'fade',
      zoomAnimationDuration: still ? 0 : 240,
      imageClickAction: 'zoom',
      tapAction: () => events.ontap(),
      errorMsg: '',
      preload: [1, 2],
      getViewportSizeFn: () => ({ x: container.clientWidth, y: container.clientHeight })
    }
    const swipe = new PhotoSwipe(options)
    this.#swipe = swipe
    swipe.addFilter('numItems', () => sequence.total)
    swipe.addFilter('itemData', (_data, at) => this.#slide(at))
    swipe.addFilter('useContentPlaceholder', (_use, content) => content.type === 'image')
    swipe.on('keydown', (event) => {
      const key = event.originalEvent
      // A video takes the arrow keys for itself.
      if (isTaken(key) || key.key === 'Tab') event.preventDefault()
    })
    swipe.on('change', () => {
      stopVideos(container)
      events.onshow(swipe.currIndex)
    })
    swipe.on('contentLoad', (event) => {
      const cell = event.content.data['cell'] as Cell | undefined
      if (event.content.type !== 'video' || !cell) return
      event.preventDefault()
      event.content.element = filmOf(cell, () => events.onfailed(cell, photoAddress(cell.id, 'original')))
      // PhotoSwipe waits for pictures only.
      event.content.onLoaded()
    })
    swipe.on('contentDeactivate', ({ content }) => {
      if (content.type === 'video') content.element?.querySelector('video')?.pause()
    })
    swipe.on('loadError', ({ content }) => {
      const cell = content.data['cell'] as Cell | undefined
      if (cell) events.onfailed(cell, photoAddress(cell.id, 'preview'))
    })
    swipe.on('zoomPanUpdate', ({ slide }) => {
      const cell = slide.data['cell'] as Cell | undefined
      const { element } = slide.content
      if (cell && slide.isActive && element instanceof HTMLImageElement)
        sharpen(element, cell, slide.currZoomLevel)
    })
    swipe.on('close', () => this.#over || events.onclose())
    this.#unlisten = sequence.version.listen(() => this.#loaded())
    swipe.init()
    // The viewer around is the dialog, and has a name.
    swipe.element?.removeAttribute('role')
  }

  get index(): number {
    return this.#swipe.currIndex
  }

  step(by: 1 | -1): void {
    if (by === 1) this.#swipe.next()
    else this.#swipe.prev()
  }

  goTo(index: number): void {
    this.#swipe.goTo(index)
  }

  zoom(): void {
    this.#swipe.toggleZoom()
  }

  /** Draws a photo again: it can be had now, or another one took its place. */
  refresh(index: number): void {
    this.#swipe.refreshSlideContent(index)
  }

  resize(): void {
    this.#swipe.updateSize(true)
  }

  destroy(): void {
    // PhotoSwipe says that it closes: whoever asked for it knows.
    this.#over = true
    this.#unlisten()
    this.#swipe.options.showHideAnimationType = 'none'
    this.#swipe.destroy()
  }

  #slide(index: number): SlideData {
    const cell = this.#sequence.at(index)
    if (!cell) {
      void this.#sequence.ensure(index)
      return { ...UNKNOWN, type: 'waiting', html: '' }
    }
    const { width, height } =
      cell.width && cell.height ? (cell as { width: number; height: number }) : UNKNOWN
    const thumbnail = cell.thumbnail ? { msrc: photoAddress(cell.id, 'thumbnail') } : {}
    if (cell.type === 'video') return { type: 'video', cell, width, height, ...thumbnail }
    return {
      src: photoAddress(cell.id, 'preview'),
      alt: cell.caption || cell.name,
      cell,
      width,
      height,
      ...thumbnail
    }
  }

  /** What was waited for near this photo is drawn. */
  #loaded(): void {
    const { currIndex } = this.#swipe
    for (let index = currIndex - 1; index <= currIndex + 1; index++) {
      const slide = this.#swipe.mainScroll?.itemHolders.find((holder) => holder.slide?.index === index)?.slide
      const shown = (slide?.data['cell'] as Cell | undefined)?.id
      const cell = this.#sequence.at(index)
      if (slide && cell && shown !== cell.id && !shown) this.refresh(index)
    }
  }
}

/** A video with the browser's own controls: they seek, and know keyboards and screen readers. */
function filmOf(cell: Cell, onfailed: () => void): HTMLDivElement {
  const film = document.createElement('div')
  film.className = 'film'
  const video = document.createElement('video')
  video.controls = true
  video.playsInline = true
  video.preload = 'metadata'
  video.setAttribute('aria-label', cell.caption || cell.name)
  if (cell.thumbnail) video.poster = photoAddress(cell.id, 'preview')
  video.src = photoAddress(cell.id, 'original')
  video.onerror = onfailed
  // Moving the video's own slider is no swipe.
  for (const name of ['pointerdown', 'touchstart'] as const) {
    video.addEventListener(name, (event) => {
      const box = video.getBoundingClientRect()
      const at = event instanceof PointerEvent ? event.clientY : (event.touches[0]?.clientY ?? 0)
      if (at > box.bottom - 72) event.stopPropagation()
    })
  }
  film.append(video)
  return film
}

function stopVideos(container: HTMLElement): void {
  for (const video of container.querySelectorAll('video')) video.pause()
}

/** Takes the original for the preview, once that is not sharp enough, where browsers can draw its kind. */
function sharpen(image: HTMLImageElement, cell: Cell, zoom: number): void {
  const longest = Math.max(cell.width ?? 0, cell.height ?? 0)
  if (image.dataset['sharp'] || longest * zoom * devicePixelRatio < SHARP * 1.2 || longest <= SHARP) return
  if (!/\.(jpe?g|png|webp|avif|gif)$/i.test(cell.name)) return
  image.dataset['sharp'] = 'yes'
  const original = new Image()
  original.src = photoAddress(cell.id, 'original')
  original.decode().then(
    () => (image.src = original.src),
    () => {}
  )
}
