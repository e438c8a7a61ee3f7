// PhotoSwipe, stepping through a sequence whose photos are loaded as they come near: zoom, swipe, and what is drawn.
import PhotoSwipe from 'photoswipe'
import type { PreparedPhotoSwipeOptions, SlideData } from 'photoswipe'
import type { Cell } from '../../api.ts'
import { photoAddress } from '../client.ts'
import type { Sequence } from '../sequence.ts'
import { Film } from './film.ts'
import { Press } from './press.ts'

/** A size for what says none, and for what is not loaded yet. */
const UNKNOWN = { width: 1600, height: 1200 }
/** Beyond this much of the preview's size, the original is fetched. */
const SHARP = 1600
/** More places to both sides than PhotoSwipe keeps loaded. */
const NEAR = 8

export interface StageEvents {
  /** Another photo is looked at, or the same at another place; null while it is not loaded yet. */
  onshow: (index: number, cell: Cell | null) => void
  /** Swiped away, Escape, or nothing is left to look at. */
  onclose: () => void
  /** Something could not be shown. */
  onfailed: (cell: Cell, address: string) => void
  ontap: () => void
  /** A photo is pressed, or not any more. */
  onpress: (held: boolean) => void
}

/** Whether a key is meant for what is typed into, or pressed. */
function isTaken(event: KeyboardEvent): boolean {
  return event.target instanceof Element && event.target.closest('input, textarea, select, dialog') !== null
}

export class Stage {
  readonly #swipe: PhotoSwipe
  readonly #sequence: Sequence
  readonly #events: StageEvents
  readonly #press: Press
  readonly #films: WeakMap<HTMLElement, Film> = new WeakMap()
  readonly #unlisten: () => void
  #following = false
  #changed = false
  #over = false

  constructor(container: HTMLElement, sequence: Sequence, index: number, events: StageEvents) {
    this.#sequence = sequence
    this.#events = events
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches
    // Before PhotoSwipe listens: who has pressed has not tapped.
    this.#press = new Press(container, events.onpress)
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
      // The style fades it in. Until PhotoSwipe's own opening has ended (5.4.4) Escape does nothing, what is
      // stepped to is not drawn, and who has left is still heard.
      showHideAnimationType: 'none',
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
    swipe.addFilter(
      'contentErrorElement',
      (element, content) => smallOf(content.data['cell'] as Cell) ?? element
    )
    swipe.on('keydown', (event) => {
      const key = event.originalEvent
      if (isTaken(key) || key.key === 'Tab') event.preventDefault()
    })
    for (const name of ['tapAction', 'imageClickAction'] as const) {
      swipe.on(name, (event) => {
        if (this.#press.pressed) event.preventDefault()
      })
    }
    swipe.on('change', () => {
      this.#tell()
      if (this.#changed) this.#follow()
    })
    swipe.on('contentLoad', (event) => {
      const { content } = event
      const cell = content.data['cell'] as Cell | undefined
      if (content.type !== 'video' || !cell) return
      event.preventDefault()
      const film = new Film(cell, () => events.onfailed(cell, photoAddress(cell.id, 'original')))
      this.#films.set(film.element, film)
      content.element = film.element
      // PhotoSwipe waits for pictures only.
      content.onLoaded()
    })
    swipe.on('contentActivate', ({ content }) => this.#filmOf(content)?.show())
    swipe.on('contentDeactivate', ({ content }) => this.#filmOf(content)?.leave())
    swipe.on('contentRemove', ({ content }) => this.#filmOf(content)?.leave())
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
    this.#unlisten = sequence.version.listen(() => this.#follow())
    swipe.init()
    // The viewer around is the dialog, and has a name.
    swipe.element?.removeAttribute('role')
    this.#tell()
  }

  /** The photo that is looked at; null while it is not loaded. */
  get cell(): Cell | null {
    return (this.#swipe.currSlide?.data['cell'] as Cell | undefined) ?? null
  }

  /** The video that is looked at. */
  get video(): HTMLVideoElement | null {
    return this.#filmOf(this.#swipe.currSlide?.content)?.video ?? null
  }

  /** Whether a picture is still on its way. */
  get isLoading(): boolean {
    return this.cell === null || (this.#swipe.currSlide?.content.isLoading() ?? false)
  }

  get index(): number {
    return this.#swipe.currIndex
  }

  /** Whether this is the picture that is seen, whole. */
  shows({ id, type }: Cell): boolean {
    return type === 'image' && this.cell?.id === id && this.#swipe.currSlide?.content.state === 'loaded'
  }

  /** Whether this is what is seen, and it is not there yet; of a video, nothing of it. */
  lacks({ id }: Cell): boolean {
    const { video } = this
    if (this.cell?.id !== id) return false
    if (video) return video.readyState === HTMLMediaElement.HAVE_NOTHING
    return this.#swipe.currSlide?.content.state !== 'loaded'
  }

  step(by: 1 | -1): void {
    if (by === 1) this.#swipe.next()
    else this.#swipe.prev()
  }

  zoom(): void {
    this.#swipe.toggleZoom()
  }

  /** Draws the photo again: it can be had now. */
  refresh(): void {
    this.#lay(this.index, false)
  }

  resize(): void {
    this.#swipe.updateSize(true)
  }

  destroy(): void {
    // PhotoSwipe says that it closes: whoever asked for it knows.
    this.#over = true
    this.#unlisten()
    this.#press.end()
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

  #tell(): void {
    this.#events.onshow(this.index, this.cell)
  }

  #filmOf(content: { element?: HTMLElement | undefined } | undefined): Film | undefined {
    return content?.element && this.#films.get(content.element)
  }

  /** Others add and remove while one looks: the photo that is seen stays, wherever its place is by now. */
  #follow(): void {
    this.#changed = true
    if (!this.#following) void this.#find()
  }

  async #find(): Promise<void> {
    const swipe = this.#swipe
    this.#following = true
    try {
      // While it moves to another one that can wait.
      while (this.#changed && !this.#over && swipe.currIndex === swipe.potentialIndex) {
        this.#changed = false
        const { cell } = this
        const at = cell ? await this.#sequence.find(cell.id).catch(() => -1) : this.index
        if (this.#over) return
        if (this.cell?.id !== cell?.id || swipe.currIndex !== swipe.potentialIndex) this.#changed = true
        else this.#place(at, cell)
      }
    } finally {
      // Here, not by whoever waits for this: a change that comes before they are told would be followed by nobody.
      this.#following = false
    }
  }

  #place(at: number, cell: Cell | null): void {
    const { total } = this.#sequence
    if (total === 0) this.#events.onclose()
    // Where it is gone the next one takes its place.
    else if (at < 0) this.#lay(Math.min(this.index, total - 1), false)
    else if (!cell && this.#sequence.at(at)) this.#lay(at, false)
    else if (cell && (at !== this.index || this.#isOther(at - 1) || this.#isOther(at + 1)))
      this.#lay(at, true)
  }

  /** Whether what is drawn beside the photo is not what lies there. */
  #isOther(index: number): boolean {
    const { itemHolders } = this.#swipe.mainScroll
    const drawn = itemHolders.find(({ slide }) => slide?.index === index)?.slide?.data['cell'] as
      Cell | undefined
    return drawn?.id !== this.#sequence.at(index)?.id
  }

  /** Says which place the photo that is seen has, and draws what is beside it; also itself, unless it is kept. */
  #lay(index: number, keep: boolean): void {
    const swipe = this.#swipe
    const { contentLoader, mainScroll, currSlide } = swipe
    // PhotoSwipe keeps what it loaded by places.
    for (let by = -NEAR; by <= NEAR; by++) contentLoader.removeByIndex(swipe.currIndex + by)
    for (let by = -NEAR; by <= NEAR; by++) contentLoader.removeByIndex(index + by)
    swipe.potentialIndex += index - swipe.currIndex
    swipe.currIndex = index
    if (keep && currSlide) {
      currSlide.index = index
      currSlide.content.index = index
      contentLoader.addToCache(currSlide.content)
    }
    mainScroll.itemHolders.forEach((holder, at) => {
      if (at !== 1 || !keep) swipe.setContent(holder, index + at - 1, true)
    })
    if (!keep) {
      swipe.currSlide = mainScroll.itemHolders[1]?.slide
      swipe.currSlide?.setIsActive(true)
    }
    contentLoader.updateLazy(0)
    this.#tell()
  }
}

/** What there is of a photo that cannot be had: it lies below the words that say so. */
function smallOf(cell: Cell): HTMLElement | null {
  if (!cell.thumbnail) return null
  const image = new Image()
  image.src = photoAddress(cell.id, 'thumbnail')
  image.alt = ''
  return image
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
