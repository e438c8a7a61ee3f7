import fs from 'node:fs'
import path from 'node:path'
import type { Album } from '../album.ts'
import { Access } from './access.ts'
import { createApp } from './app.ts'
import { Assets } from './assets.ts'
import { Entrance } from './entrance.ts'
import { PortalStreams } from './events.ts'
import { Guard } from './guard.ts'
import { HealthCount } from './health.ts'
import { LinkBook } from './links.ts'
import type { Portal, PortalOptions, UploadLimits } from './portal.ts'
import { newId } from './secrets.ts'
import { Sessions } from './sessions.ts'
import { Table } from './table.ts'
import { Timelines } from './timelines.ts'
import { Uploads } from './uploads.ts'
import { Visitors } from './visitors.ts'

export { type Listening, type ListenOptions, listenPortal } from './listen.ts'
export type * from './api.ts'
export type * from './portal.ts'

const GIGABYTE = 1024 ** 3

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
  const entrance = new Entrance(access, sessions, await nameOf(folder))
  const timelines = new Timelines()
  const assets = await Assets.open(options.page)
  const uploads = await Uploads.open({ folder, limits, sessions, visitors, onerror })
  const streams = new PortalStreams(album, sessions)
  const parts = {
    album,
    folder,
    limits,
    health: new HealthCount(album),
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

  const sweep = (): void => {
    for (const one of [visitors, access]) one.sweep().catch(onerror)
  }
  // An upload ends with its session.
  sessions.onend = () => {
    uploads.sweep().catch(onerror)
    streams.linksChanged()
  }
  access.onchange = () => streams.linksChanged()
  album.on('members', sweep)

  const portal: Portal = {
    fetch: async (request, { address } = {}) => app.fetch(request, address === undefined ? {} : { address }),
    links: {
      create: (link) => access.create(link, null),
      list: () => access.list(),
      revoke: (id) => access.revoke(id)
    },
    origins: [],
    async close() {
      album.off('members', sweep)
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
