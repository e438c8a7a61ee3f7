import fs from 'node:fs'
import path from 'node:path'
import type { Album } from '../album.ts'
import { Access } from './access.ts'
import type { Link, LinkMade } from './api.ts'
import { createApp } from './app.ts'
import { Assets } from './assets.ts'
import { Entrance } from './entrance.ts'
import { PortalStreams } from './events.ts'
import { Guard } from './guard.ts'
import { LinkBook, type LinkOptions } from './links.ts'
import { newId } from './secrets.ts'
import { Sessions } from './sessions.ts'
import { Table } from './table.ts'
import { Timelines } from './timelines.ts'
import { type UploadLimits, Uploads } from './uploads.ts'
import { Visitors } from './visitors.ts'

export { type Listening, type ListenOptions, listenPortal } from './listen.ts'
export type * from './api.ts'

const GIGABYTE = 1024 ** 3

export interface PortalOptions extends Partial<UploadLimits> {
  /** Where links, sessions and unfinished uploads lie; one portal at a time. */
  folder: string
  /** Names under which it is reached, besides loopback and this machine's own addresses. */
  hosts?: readonly string[]
  /** The folder of a page built elsewhere; the portal's own unless told, `null` for none. */
  page?: string | null
  /** What went wrong without anybody's fault who asked. */
  onerror?: (error: unknown) => void
}

/** An album for browsers: a `Request` in, a `Response` out. */
export interface Portal {
  /** Answers a request; `address` is the asking machine's, for the limits on tries. */
  fetch(request: Request, from?: { address?: string }): Promise<Response>
  /** What lets people in. */
  links: {
    /**
     * Makes a link for a member, whose secret is told once. Throws `NOT_FOUND`, `BAD_ARGUMENT`, and `FORBIDDEN` where
     * this device may not act for that member.
     */
    create(options: Omit<LinkOptions, 'by'>): Promise<LinkMade>
    list(): Promise<Link[]>
    /** Nobody comes in with it any more, and who did is out. */
    revoke(id: string): Promise<void>
  }
  /** Where it is reached, for links: `listenPortal` sets it. */
  origins: string[]
  /** Ends what is open and writes what is not written; the album stays open. */
  close(): Promise<void>
}

/**
 * Makes the portal of an album, on the device of a member who is admitted. Throws `STORAGE_FAILED` where the folder holds
 * something else, `FILE_NOT_FOUND` where there is no page. Listen with it by `listenPortal`, or mount its `fetch`. */
export async function createPortal(album: Album, options: PortalOptions): Promise<Portal> {
  const { folder, hosts = [], onerror = () => {} } = options
  await fs.promises.mkdir(folder, { recursive: true, mode: 0o700 })
  const limits: UploadLimits = {
    uploadBytes: options.uploadBytes ?? 8 * GIGABYTE,
    uploads: options.uploads ?? 32,
    uploadsOfAll: options.uploadsOfAll ?? 256,
    uploadBytesOfAll: options.uploadBytesOfAll ?? 64 * GIGABYTE
  }
  const sessions = await Sessions.open(folder)
  const visitors = new Visitors(album, sessions)
  const access = new Access({
    album,
    links: await LinkBook.open(folder),
    sessions,
    origins: () => portal.origins
  })
  const entrance = new Entrance(access, await nameOf(folder))
  const timelines = new Timelines()
  const assets = await Assets.open(options.page)
  const uploads = await Uploads.open({ folder, limits, sessions, visitors, onerror })
  const streams = new PortalStreams(album, sessions)
  const parts = {
    album,
    folder,
    limits,
    access,
    sessions,
    visitors,
    entrance,
    timelines,
    assets,
    uploads,
    streams
  }
  const app = createApp({ ...parts, guard: new Guard(hosts), onerror })

  const onupdate = (): void => timelines.forget()
  const sweep = (): void => void visitors.sweep().catch(onerror)
  // An upload ends with its session.
  sessions.onend = () => void uploads.sweep().catch(onerror)
  album.on('update', onupdate).on('members', sweep)

  const portal: Portal = {
    fetch: async (request, { address } = {}) => app.fetch(request, address === undefined ? {} : { address }),
    links: {
      create: (link) => access.create(link),
      list: () => access.list(),
      revoke: (id) => access.revoke(id)
    },
    origins: [],
    async close() {
      album.off('update', onupdate).off('members', sweep)
      sessions.onend = () => {}
      streams.close()
      await uploads.close()
      await sessions.close()
    }
  }
  return portal
}

/** A name for this portal that says nothing. */
async function nameOf(folder: string): Promise<string> {
  const table = await Table.open<{ id: string }>(path.join(folder, 'portal.json'))
  const [row = { id: newId().slice(0, 8) }] = table.list()
  if (table.size === 0) {
    table.put(row)
    await table.save()
  }
  return row.id
}
