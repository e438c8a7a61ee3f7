import { AlbumError } from '../errors.ts'
import type { ListQuery, Photo, PhotoPatch, PhotoQuery } from '../types.ts'
import { notFound } from './answers.ts'
import type { Known, PhotoDetails, PhotoPage } from './api.ts'
import { Body, isId } from './body.ts'
import { cellOf, parsePlace, photoJson, placeAfter, resultsJson } from './cells.ts'
import { type App, type Ask, photoIn, visitorOf } from './route.ts'
import type { Timelines } from './timelines.ts'
import type { Visitor } from './visitors.ts'

const PAGE = 100
const MOST = 500

/** Timeline, pages, details, and what changes photos. */
export function photoRoutes(app: App, timelines: Timelines): void {
  app.get('/api/timeline', async (c) => {
    const { face, session } = visitorOf(c)
    const asker = { session: session.id, signal: c.req.raw.signal }
    const bytes = await timelines.of(face, queryOf(c), asker)
    return c.body(bytes, 200, { 'content-type': 'application/json' })
  })

  app.get('/api/photos', async (c) => {
    const limit = limitOf(c)
    const after = c.req.query('after')
    const query: ListQuery = {
      ...queryOf(c),
      reverse: true,
      limit,
      ...(after && { after: parsePlace(after) })
    }
    const cells = []
    for await (const photo of visitorOf(c).face.list(query)) cells.push(cellOf(photo))
    const last = cells.length === limit ? cells.at(-1) : undefined
    return c.json<PhotoPage>({ cells, next: last ? placeAfter(last) : null })
  })

  app.get('/api/photos/:id', async (c) => {
    const visitor = visitorOf(c)
    const photo = await visitor.face.get(photoIn(c))
    if (photo === null) throw notFound()
    const [history, copies] = await Promise.all([
      visitor.face.history(photo.id),
      visitor.face.copies.of(photo.id)
    ])
    return c.json<PhotoDetails>({ photo: photoJson(photo), history, copies, can: mayDo(visitor, photo) })
  })

  app.patch('/api/photos', async (c) => {
    const body = await Body.read(c.req.raw)
    return c.json(
      resultsJson(await visitorOf(c).face.edit(body.hashes('ids'), patchOf(body.inside('patch'))))
    )
  })

  app.post('/api/photos/trash', async (c) => {
    const body = await Body.read(c.req.raw)
    return c.json(resultsJson(await visitorOf(c).face.trash(body.hashes('ids'))))
  })

  app.post('/api/photos/restore', async (c) => {
    const body = await Body.read(c.req.raw)
    return c.json(resultsJson(await visitorOf(c).face.restore(body.hashes('ids'))))
  })

  app.post('/api/photos/purge', async (c) => {
    const body = await Body.read(c.req.raw)
    return c.json(resultsJson(await visitorOf(c).face.purge(body.hashes('ids'))))
  })

  app.post('/api/known', async (c) => {
    const body = await Body.read(c.req.raw)
    return c.json<Known>({ statuses: await visitorOf(c).face.known(body.hashes('hashes')) })
  })
}

/** `limit` of a query. */
export function limitOf(c: Ask): number {
  const text = c.req.query('limit')
  if (text === undefined) return PAGE
  const limit = Number(text)
  if (!Number.isSafeInteger(limit) || limit < 1) {
    throw new AlbumError('BAD_ARGUMENT', `limit is a number from 1 to ${MOST}`)
  }
  return Math.min(limit, MOST)
}

function queryOf(c: Ask): PhotoQuery {
  const query: PhotoQuery = {}
  for (const name of ['from', 'to', 'type', 'tag'] as const) {
    const text = c.req.query(name)
    if (text) query[name] = text.slice(0, 200)
  }
  for (const name of ['member', 'collection'] as const) {
    const id = c.req.query(name)
    if (!id) continue
    if (!isId(id)) throw new AlbumError('BAD_ARGUMENT', `${name} is an id`)
    query[name] = id
  }
  if (c.req.query('favourite') === '1') query.favourite = true
  if (c.req.query('trashed') === '1') query.trashed = true
  return query
}

function patchOf(body: Body): PhotoPatch {
  const patch: PhotoPatch = {}
  const [caption, tags, favourite] = [body.text('caption'), body.texts('tags'), body.flag('favourite')]
  if (caption !== undefined) patch.caption = caption
  if (tags !== undefined) patch.tags = tags
  if (favourite !== undefined) patch.favourite = favourite
  const captured = capturedOf(body)
  if (captured !== undefined) patch.capturedAt = captured
  return patch
}

function capturedOf(body: Body): PhotoPatch['capturedAt'] | undefined {
  if (!body.has('capturedAt')) return undefined
  if (body.isText('capturedAt')) return body.text('capturedAt')
  const parts = body.inside('capturedAt')
  const precision = parts.oneOf('precision', ['second', 'day', 'year'])
  return {
    local: parts.text('local') ?? '',
    offsetMinutes: parts.number('offsetMinutes') ?? null,
    zone: parts.text('zone') ?? null,
    ...(precision && { precision })
  }
}

// As the album's rules have it, so that the page need not show what would be refused; the album still decides.
function mayDo({ member, contributes }: Visitor, photo: Photo): PhotoDetails['can'] {
  const owner = member.role === 'owner'
  const givers = [photo.by, ...photo.alsoBy].map(({ id }) => id)
  const own = contributes && givers.includes(member.id)
  const { trashed } = photo
  return {
    edit: contributes,
    trash: trashed === null && (owner || own),
    restore: trashed !== null && (owner || (own && givers.includes(trashed.by.id))),
    purge: trashed !== null && (owner || (own && givers.length === 1))
  }
}
