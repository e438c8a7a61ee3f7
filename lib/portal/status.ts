import fs from 'node:fs'
import type { Album } from '../album.ts'
import type { Me, PortalHealth, PortalStatus } from './api.ts'
import { Body, MOST_IDS } from './body.ts'
import type { HealthCount } from './health.ts'
import type { UploadLimits } from './portal.ts'
import { type App, done, managing, visitorOf } from './route.ts'

export interface StatusParts {
  album: Album
  /** A folder on the disk that the album lies on, as far as the portal knows. */
  folder: string
  limits: UploadLimits
  health: HealthCount
}

/** Who one is, and how the album does. */
export function statusRoutes(app: App, { album, folder, limits, health }: StatusParts): void {
  const device = async (): Promise<{ name: string }> => {
    const members = await album.members.list()
    const own = members.flatMap(({ devices }) => devices).find(({ me }) => me)
    return { name: own?.name ?? '' }
  }

  app.get('/api/me', async (c) => {
    const { member, contributes, manages, host } = visitorOf(c)
    const { id, name, role } = member
    return c.json<Me>({
      album: { id: album.id, name: album.name },
      member: { id, name, role },
      device: await device(),
      can: { contribute: contributes, manage: manages, host },
      limits: { uploadBytes: limits.uploadBytes, uploads: limits.uploads, ids: MOST_IDS }
    })
  })

  app.get('/api/status', async (c) => {
    const { host, manages, face } = visitorOf(c)
    const storage = host || manages ? await storageOf(folder) : null
    const promised = await face.copies.promised()
    const { device: signing, member, online, waitingSince } = await face.indexer.status()
    const signer = { device: signing?.name ?? '', member, online, waitingSince }
    const told = { storage, device: await device(), promised, signer }
    return c.json<PortalStatus>({ album: await face.status(), ...told })
  })

  app.get('/api/health', async (c) => c.json<PortalHealth>(await health.of(c.req.raw.signal)))

  app.post('/api/promise', async (c) => {
    const body = await Body.read(c.req.raw)
    await managing(c).face.copies.promise(body.number('copies') ?? 0)
    health.forget()
    return done()
  })
}

async function storageOf(folder: string): Promise<{ free: number; total: number } | null> {
  try {
    const { bavail, blocks, bsize } = await fs.promises.statfs(folder)
    return { free: bavail * bsize, total: blocks * bsize }
  } catch {
    return null
  }
}
