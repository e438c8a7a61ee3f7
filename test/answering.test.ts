// Invites that another device than the one that made them answers: a family mirror, while the owners' devices are off.
import path from 'node:path'
import test, { type Assertions } from 'brittle'
import type { InviteOptions, NetworkOption } from '../index.ts'
import { type MirrorEvent, runMirror } from '../lib/mirror/index.ts'
import { Album } from './plain.ts'
import { createNetwork, eventually, png, readAll, tmp } from './helpers.ts'

/** An owner's laptop and the family's mirror, on a network of their own; both are there, and know each other. */
class Household {
  readonly network: NetworkOption
  readonly #t: Assertions
  readonly #laptop: string
  readonly #box: string
  /** What the mirror said since it was started last. */
  events: MirrorEvent[] = []
  #stop: () => Promise<void> = async () => {}
  dad: Album

  private constructor(t: Assertions, network: NetworkOption, laptop: string, box: string, dad: Album) {
    this.#t = t
    this.network = network
    this.#laptop = laptop
    this.#box = box
    this.dad = dad
  }

  static async create(t: Assertions): Promise<Household> {
    const network = await createNetwork(t)
    const [laptop, box] = [path.join(tmp(t), 'album'), path.join(tmp(t), 'album')]
    const dad = await Album.create(laptop, { name: 'Our family', member: 'Dad', device: 'laptop', network })
    const one = new Household(t, network, laptop, box, dad)
    t.teardown(() => one.dad.close())
    const { code } = await dad.invites.create({ role: 'mirror' })
    one.startMirror(code)
    await one.mirrorIs('mirror')
    await eventually(() => one.mirrorId())
    return one
  }

  startMirror(code?: string): void {
    const controller = new AbortController()
    this.events = []
    const options = { network: this.network, device: 'box', interval: 500, signal: controller.signal }
    const ended = (async () => {
      for await (const event of runMirror(this.#box, code === undefined ? options : { ...options, code }))
        this.events.push(event)
    })()
    ended.catch(() => {})
    this.#stop = async () => {
      controller.abort()
      await ended.catch(() => {})
    }
    this.#t.teardown(this.#stop)
  }

  stopMirror(): Promise<void> {
    return this.#stop()
  }

  async mirrorIs(role: string): Promise<void> {
    await eventually(() => this.events.some((event) => event.type === 'health' && event.role === role))
  }

  /** Whom the mirror let in, as it says. */
  admitted(): string[] {
    return this.events.flatMap((event) =>
      event.type === 'admitted' ? [`${event.member.name}, ${event.device.name}`] : []
    )
  }

  async mirrorId(): Promise<string> {
    const member = (await this.dad.members.list()).find(({ role }) => role === 'mirror')
    return member?.devices[0]?.id ?? ''
  }

  /** An invite that the mirror answers, and knows. */
  async invite(options: InviteOptions = {}): Promise<{ id: string; code: string }> {
    const { id, code } = await this.dad.invites.create({ answeredBy: await this.mirrorId(), ...options })
    await this.mirrorHasAll()
    return { id, code }
  }

  /** Waits until the mirror has all that dad's laptop has. */
  async mirrorHasAll(): Promise<void> {
    const box = await this.mirrorId()
    const photo = await this.dad.add(png(Math.random()))
    await eventually(async () => (await this.dad.copies.of(photo.id)).some(({ device }) => device.id === box))
  }

  async open(): Promise<Album> {
    this.dad = await Album.open(this.#laptop, { network: this.network })
    return this.dad
  }

  async join(code: string, member = 'Grandma', options: { timeout?: number } = {}): Promise<Album> {
    const who = { member, device: 'phone', network: this.network }
    const album = await Album.join(tmp(this.#t), code, { timeout: 25_000, ...who, ...options })
    this.#t.teardown(() => album.close())
    return album
  }
}

test('the mirror lets somebody in while the owner is away, who adds photos that the owner sees', async (t) => {
  const home = await Household.create(t)
  const { dad } = home
  const before = await dad.add(png('before'))
  const { id, code } = await home.invite()
  t.is((await dad.invites.get(id))?.answeredBy?.name, 'box')
  await dad.close()

  const joined = await home.join(code)
  t.is((await joined.members.me())?.role, 'contributor')
  t.alike(await readAll(joined, before), Buffer.from(png('before')), 'the album is there')
  const photo = await joined.add(png('from grandma'))
  await eventually(() => home.admitted().length > 0)
  t.alike(home.admitted(), ['Grandma, phone'], 'the mirror says so')
  await eventually(async () => (await joined.copies.of(photo.id)).some(({ device }) => device.name === 'box'))
  await joined.close()

  const again = await home.open()
  await eventually(() => again.get(photo.id))
  t.alike(await readAll(again, photo), Buffer.from(png('from grandma')))
  t.is((await again.members.list()).map(({ name }) => name).join(), 'Dad,Mirror,Grandma')
  t.is((await again.invites.get(id))?.used, 1)
})
