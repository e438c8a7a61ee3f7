import { Hono } from 'hono'
import { errorAnswer, isForeseen, noSession, notFound } from './answers.ts'
import type { Access } from './access.ts'
import type { Assets } from './assets.ts'
import { byteRoutes } from './bytes.ts'
import { collectionRoutes } from './collections.ts'
import { type Entrance, linkRoutes } from './entrance.ts'
import type { PortalStreams } from './events.ts'
import type { Guard } from './guard.ts'
import { memberRoutes } from './members.ts'
import { photoRoutes } from './photos.ts'
import type { App, Env } from './route.ts'
import type { Sessions } from './sessions.ts'
import { type StatusParts, statusRoutes } from './status.ts'
import type { Timelines } from './timelines.ts'
import type { Uploads } from './uploads.ts'
import type { Visitors } from './visitors.ts'

/** What stands on every answer, unless it says otherwise itself. */
const HEADERS: Record<string, string> = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY'
}

export interface AppParts extends StatusParts {
  guard: Guard
  assets: Assets
  entrance: Entrance
  access: Access
  sessions: Sessions
  visitors: Visitors
  timelines: Timelines
  uploads: Uploads
  streams: PortalStreams
  onerror: (error: unknown) => void
}

/** Who is asked what, in this order: the right host, the page, the right origin, a session, and then the routes. */
export function createApp(parts: AppParts): App {
  const { guard, assets, entrance, access, sessions, visitors } = parts
  const app: App = new Hono<Env>()

  app.use(async (c, next) => {
    await next()
    for (const [name, value] of Object.entries(HEADERS))
      if (!c.res.headers.has(name)) c.res.headers.set(name, value)
  })
  app.onError((error) => {
    if (!isForeseen(error)) parts.onerror(error)
    return errorAnswer(error)
  })

  app.use(async (c, next) => {
    guard.checkHost(c.req.raw, new URL(c.req.url))
    await next()
  })
  assets.routes(app)

  app.use(async (c, next) => {
    guard.checkOrigin(c.req.raw, new URL(c.req.url))
    await next()
  })
  entrance.routes(app)

  app.use(async (c, next) => {
    const visitor = await visitors.of(entrance.cookieOf(c))
    // Before any route is looked for: what exists here is not for strangers.
    if (visitor === null) return noSession()
    c.set('visitor', visitor)
    return next()
  })
  // What a page asks first.
  app.use('/api/me', async (c, next) => {
    entrance.renew(c)
    await next()
  })
  statusRoutes(app, parts)
  photoRoutes(app, parts.timelines)
  byteRoutes(app, sessions)
  collectionRoutes(app, () => parts.streams.collectionsChanged())
  memberRoutes(app, visitors, access)
  linkRoutes(app, access, sessions, entrance)
  parts.uploads.routes(app)
  parts.streams.routes(app)
  app.notFound(() => errorAnswer(notFound()))
  return app
}
