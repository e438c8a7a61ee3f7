// A finger or a mouse that rests on a photo, as long as it does: a tap, a swipe or a pinch is something else.

/** How long it rests before it is a press. */
const REST = 350
/** How far it may tremble, in pixels. */
const STILL = 8

export class Press {
  readonly #element: HTMLElement
  readonly #onpress: (held: boolean) => void
  #timer: ReturnType<typeof setTimeout> | undefined
  #from: PointerEvent | null = null
  #held = false

  /** `onpress` is told when a press begins and when it ends. */
  constructor(element: HTMLElement, onpress: (held: boolean) => void) {
    this.#element = element
    this.#onpress = onpress
    element.addEventListener('pointerdown', this.#down)
    element.addEventListener('contextmenu', this.#menu)
    addEventListener('pointermove', this.#moved)
    // Before PhotoSwipe, which would take its end for a tap.
    for (const name of ['pointerup', 'pointercancel'] as const) addEventListener(name, this.#up)
  }

  /** Whether the pointer that was lifted just now had pressed: then it did not tap. */
  pressed = false

  end(): void {
    this.#forget()
    this.#element.removeEventListener('pointerdown', this.#down)
    this.#element.removeEventListener('contextmenu', this.#menu)
    removeEventListener('pointermove', this.#moved)
    for (const name of ['pointerup', 'pointercancel'] as const) removeEventListener(name, this.#up)
  }

  #forget(): void {
    clearTimeout(this.#timer)
    this.#from = null
  }

  readonly #down = (event: PointerEvent): void => {
    this.pressed = false
    const alone = event.isPrimary && event.button === 0
    // A second finger makes it a pinch.
    this.#forget()
    if (!alone || !(event.target instanceof Element) || !event.target.closest('.pswp__img')) return
    this.#from = event
    this.#timer = setTimeout(() => {
      this.#held = this.pressed = true
      this.#onpress(true)
    }, REST)
  }

  readonly #moved = (event: PointerEvent): void => {
    const from = this.#from
    if (!from || event.pointerId !== from.pointerId) return
    if (Math.hypot(event.clientX - from.clientX, event.clientY - from.clientY) > STILL) this.#forget()
  }

  readonly #up = (): void => {
    this.#forget()
    if (this.#held) this.#onpress(false)
    this.#held = false
  }

  readonly #menu = (event: Event): void => {
    if (this.#held) event.preventDefault()
  }
}
