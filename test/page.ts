// A real browser before a real portal.
import crypto from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { Assertions } from 'brittle'
import { type Browser, type BrowserContextOptions, type Page, chromium } from 'playwright-core'
import sharp from 'sharp'
import { tmp } from './helpers.ts'
import { folder as photosFolder } from './media-samples.ts'
import type { Order, ServerOptions } from './page-server.ts'

const program = path.join(path.dirname(fileURLToPath(import.meta.url)), 'page-server.ts')

/** Where Debian's package puts it. */
export const CHROMIUM = '/usr/bin/chromium'

/** False where there is no browser: the test says so, and is left out. */
export const hasChromium: boolean = fs.existsSync(CHROMIUM)

export const PHONE: BrowserContextOptions = {
  viewport: { width: 360, height: 740 },
  deviceScaleFactor: 2,
  hasTouch: true,
  isMobile: true,
  locale: 'en-GB'
}
export const DESKTOP: BrowserContextOptions = { viewport: { width: 1440, height: 900 }, locale: 'en-GB' }

/** What a portal's process answers; an order gives what `page-server.ts` says. */
export interface Server {
  url: string
  port: number
  me: string
  ids: string[]
  tell<T = Record<string, string>>(order: Order): Promise<T>
  /** Ends it as a power cut does. */
  kill(): Promise<void>
}

export async function startServer(t: Assertions | null, options: ServerOptions = {}): Promise<Server> {
  const child: ChildProcessByStdio<Writable, Readable, null> = spawn(
    process.execPath,
    ['--import', 'tsx', program, JSON.stringify(options)],
    { stdio: ['pipe', 'pipe', 'inherit'] }
  )
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async <T>(): Promise<T> => {
    const { value, done } = await lines.next()
    if (done) throw new Error('The portal’s process ended')
    const said = JSON.parse(String(value)) as T & { error?: string }
    if (said.error) throw new Error(said.error)
    return said
  }
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const end = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
    await ended
  }
  t?.teardown(end, { order: 500 })
  const said = await next<{ url: string; port: number; me: string; ids: string[] }>()
  let turn: Promise<unknown> = Promise.resolve()
  return {
    ...said,
    tell<T>(order: Order): Promise<T> {
      const answer = turn.then(() => {
        child.stdin.write(JSON.stringify(order) + '\n')
        return next<T>()
      })
      turn = answer.catch(() => {})
      return answer
    },
    async kill() {
      child.kill('SIGKILL')
      await ended
    }
  }
}

export async function launch(t: Assertions | null, ...args: string[]): Promise<Browser> {
  return launchFrom(t, CHROMIUM, ...args)
}

/** The same by another program that starts it: on another host, say. */
export async function launchFrom(
  t: Assertions | null,
  executablePath: string,
  ...args: string[]
): Promise<Browser> {
  const browser = await chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-background-networking', '--disable-dev-shm-usage', ...args]
  })
  t?.teardown(() => browser.close(), { order: 400 })
  return browser
}

/** A window of its own, with what went wrong in it: scripts, and what the policy forbade. */
export interface Window {
  page: Page
  /** Uncaught errors and messages of errors, but for answers that were no success. */
  troubles: string[]
}

export async function openWindow(browser: Browser, options: BrowserContextOptions): Promise<Window> {
  const context = await browser.newContext(options)
  const page = await context.newPage()
  const troubles: string[] = []
  page.on('pageerror', (error) => troubles.push(String(error)))
  page.on('console', (message) => {
    const text = message.text()
    if (message.type() === 'error' && !text.startsWith('Failed to load resource')) troubles.push(text)
  })
  return { page, troubles }
}

/** Opens a link as its receiver does, to the photos. */
export async function comeIn(page: Page, link: string): Promise<void> {
  await page.goto(link)
  await page.getByRole('button', { name: 'Open the album' }).click()
  // Not merely a heading: the screen with the button has one, too.
  await page.getByRole('navigation').waitFor()
}

/** A browser of its own in which somebody has opened a link. */
export async function visit(t: Assertions, options: BrowserContextOptions, link = ''): Promise<Window> {
  const window = await openWindow(await launch(t), options)
  await comeIn(window.page, link)
  return window
}

/** Marks all photos that are seen. */
export async function markAll(page: Page): Promise<void> {
  const marks = page.locator('.square .mark')
  await marks.first().click({ force: true })
  await marks.last().click({ force: true, modifiers: ['Shift'] })
}

/** Real photos by their names; where they are not here, as many JPEGs of noise, of megabytes. */
export async function photosFor(t: Assertions, ...names: string[]): Promise<string[]> {
  const files = names.map((name) => path.join(photosFolder, 'family', name))
  if (files.every((file) => fs.existsSync(file))) return files
  t.comment('real photos are not here (HYPERALBUM_PHOTOS): made ones are taken')
  const folder = tmp(t)
  return Promise.all(names.map((name) => madePhoto(path.join(folder, `${path.parse(name).name}.jpg`))))
}

async function madePhoto(file: string): Promise<string> {
  const [width, height] = [1200, 900]
  const noise = crypto.randomBytes(width * height * 3)
  // Larger than its preview is.
  await sharp(noise, { raw: { width, height, channels: 3 } })
    .resize(2 * width, 2 * height)
    .jpeg({ quality: 90 })
    .toFile(file)
  return file
}
