// Fingers on a phone's screen, as the browser gets them from the device.
import type { CDPSession, Page } from 'playwright-core'

export type Point = readonly [x: number, y: number]

export class Touch {
  readonly #session: CDPSession

  private constructor(session: CDPSession) {
    this.#session = session
  }

  static async on(page: Page): Promise<Touch> {
    return new Touch(await page.context().newCDPSession(page))
  }

  /** One finger, from one point to another, as fast as it can be told. */
  async swipe(from: Point, to: Point, steps = 8): Promise<void> {
    await this.down(from)
    for (let step = 1; step <= steps; step++) await this.move(between(from, to, step / steps))
    await this.up()
  }

  /** Two fingers that go apart, to so many pixels from each other. */
  async pinch([x, y]: Point, apart: number, steps = 8): Promise<void> {
    const fingers = (distance: number): Point[] => [
      [x - distance / 2, y],
      [x + distance / 2, y]
    ]
    await this.down(...fingers(40))
    for (let step = 1; step <= steps; step++) await this.move(...fingers(40 + ((apart - 40) * step) / steps))
    await this.up()
  }

  async tap(point: Point): Promise<void> {
    await this.down(point)
    await this.up()
  }

  down(...points: Point[]): Promise<void> {
    return this.#send('touchStart', points)
  }

  move(...points: Point[]): Promise<void> {
    return this.#send('touchMove', points)
  }

  up(): Promise<void> {
    return this.#send('touchEnd', [])
  }

  async #send(type: 'touchStart' | 'touchMove' | 'touchEnd', points: Point[]): Promise<void> {
    const touchPoints = points.map(([x, y], id) => ({ x, y, id }))
    await this.#session.send('Input.dispatchTouchEvent', { type, touchPoints })
  }
}

function between([x, y]: Point, [toX, toY]: Point, part: number): Point {
  return [x + (toX - x) * part, y + (toY - y) * part]
}
