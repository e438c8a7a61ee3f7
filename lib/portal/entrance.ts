import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { AlbumError } from '../errors.ts'
import type { Access } from './access.ts'
import { PortalError, notFound } from './answers.ts'
import type { LinkList } from './api.ts'
import { Body } from './body.ts'
import { RateLimit } from './ratelimit.ts'
import { type App, type Ask, done, idIn, visitorOf } from './route.ts'
import { IDLE, type Sessions } from './sessions.ts'
import type { Visitor } from './visitors.ts'

/** From secrets to cookies: what is open to those who have no session yet. */
export class Entrance {
  readonly #access: Access
  readonly #sessions: Sessions
  readonly #cookie: string
  // Nobody guesses 256 bits; this only keeps guessing from being work.
  readonly #tries = new RateLimit({ each: 10, all: 100, milliseconds: 60_000 })

  /** `name` tells the cookies of several portals on one host apart: ports do not. */
  constructor(access: Access, sessions: Sessions, name: string) {
    this.#access = access
    this.#sessions = sessions
    this.#cookie = `hyperalbum-${name}`
  }

  cookieOf(c: Ask): string | undefined {
    return getCookie(c, this.#cookie)
  }

  routes(app: App): void {
    app.post('/api/session', async (c) => {
      const body = await Body.read(c.req.raw)
      const secure = originOf(c).startsWith('https:')
      const former = this.#sessions.find(this.cookieOf(c))
      const made = await this.#access.redeem(body.text('secret') ?? '', secure, former)
      if (made === null) throw this.#failure(c)
      // Who comes in again is not in twice.
      this.#give(c, made.secret, secure)
      if (former) await this.#sessions.end(former.id).catch(() => {})
      return c.body(null, 204)
    })
  }

  /** Failures only are counted: whoever guesses keeps nobody out who has a link. */
  #failure(c: Ask): PortalError {
    const wait = this.#tries.take(c.env?.address ?? '')
    if (wait > 0) return new PortalError(429, 'TOO_MANY_REQUESTS', 'Too many tries: wait a little', wait)
    // One answer whether the link is used, expired, revoked or invented.
    return new PortalError(403, 'LINK_INVALID', 'This link does not open the album (any more)')
  }

  /** Gives the cookie anew, so that who keeps coming stays in. */
  renew(c: Ask): void {
    const secret = this.cookieOf(c)
    if (secret !== undefined) this.#give(c, secret, visitorOf(c).session.secure)
  }

  #give(c: Ask, secret: string, secure: boolean): void {
    setCookie(c, this.#cookie, secret, {
      httpOnly: true,
      sameSite: 'Strict',
      path: '/',
      secure,
      maxAge: IDLE / 1000
    })
  }

  signOut(c: Ask): void {
    deleteCookie(c, this.#cookie, { path: '/' })
    // Pictures are kept for long: not for whoever has this browser next.
    c.header('clear-site-data', '"cache"')
  }
}

/** Where the asking page is: only the portal's own got here, and behind a proxy it knows better whether that is HTTPS. */
function originOf(c: Ask): string {
  return c.req.header('origin') ?? new URL(c.req.url).origin
}

/** Links, and the end of sessions. */
export function linkRoutes(app: App, access: Access, sessions: Sessions, entrance: Entrance): void {
  app.delete('/api/session', async (c) => {
    await sessions.end(visitorOf(c).session.id)
    entrance.signOut(c)
    return c.body(null, 204)
  })

  app.get('/api/links', async (c) => {
    const { manages, member, session } = visitorOf(c)
    return c.json<LinkList>({ links: await access.list(manages ? null : member.id, session.id) })
  })

  app.post('/api/links', async (c) => {
    const visitor = visitorOf(c)
    const body = await Body.read(c.req.raw)
    const memberId = body.id('memberId')
    checkMaker(visitor, memberId)
    const options = { memberId, uses: body.number('uses'), expires: body.number('expires') }
    return c.json(await access.create(options, visitor.member.id, originOf(c)), 201)
  })

  app.delete('/api/links/:id', async (c) => {
    const { manages, member } = visitorOf(c)
    const id = idIn(c)
    if (!manages && access.memberOf(id) !== member.id) throw notFound()
    await access.revoke(id)
    return done()
  })
}

function checkMaker({ manages, host, member }: Visitor, memberId: string): void {
  if (manages || (host && memberId === member.id)) return
  throw new AlbumError('FORBIDDEN', 'Only an owner lets others in, through the portal of their own device')
}
