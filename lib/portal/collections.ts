import type { Place } from '../types.ts'
import { AlbumError } from '../errors.ts'
import { notFound } from './answers.ts'
import type { CollectionList, PhotoPage } from './api.ts'
import { Body, isHash } from './body.ts'
import { cellOf, resultsJson } from './cells.ts'
import { limitOf } from './photos.ts'
import { type App, done, idIn, visitorOf } from './route.ts'

/** The albums inside the album; `onchange` is called after one was made, renamed or deleted here. */
export function collectionRoutes(app: App, onchange: () => void): void {
  app.get('/api/collections', async (c) =>
    c.json<CollectionList>({ collections: await visitorOf(c).face.collections.list() })
  )

  app.post('/api/collections', async (c) => {
    const body = await Body.read(c.req.raw)
    const { collections } = visitorOf(c).face
    const made = await collections.create({ name: body.text('name') ?? '' })
    onchange()
    return c.json(made, 201)
  })

  app.patch('/api/collections/:id', async (c) => {
    const id = idIn(c)
    const body = await Body.read(c.req.raw)
    const { collections } = visitorOf(c).face
    const [name, cover] = [body.text('name'), body.text('cover')]
    if (name !== undefined) await collections.rename(id, name)
    if (cover !== undefined) await collections.setCover(id, cover)
    onchange()
    const collection = await collections.get(id)
    if (collection === null) throw notFound()
    return c.json(collection)
  })

  app.delete('/api/collections/:id', async (c) => {
    await visitorOf(c).face.collections.delete(idIn(c))
    onchange()
    return done()
  })

  app.get('/api/collections/:id/photos', async (c) => {
    const limit = limitOf(c)
    const from = placeOf(c.req.query('after'))
    const cells = []
    let index = 0
    for await (const photo of visitorOf(c).face.collections.photos(idIn(c))) {
      if (index++ < from) continue
      if (cells.length === limit) return c.json<PhotoPage>({ cells, next: String(from + limit) })
      cells.push(cellOf(photo))
    }
    return c.json<PhotoPage>({ cells, next: null })
  })

  app.post('/api/collections/:id/photos', async (c) => {
    const id = idIn(c)
    const body = await Body.read(c.req.raw)
    const { collections } = visitorOf(c).face
    const results = []
    if (body.has('remove')) results.push(...(await collections.remove(id, body.hashes('remove'))))
    if (body.has('add')) results.push(...(await collections.add(id, body.hashes('add'))))
    if (body.has('move')) {
      const move = body.inside('move')
      results.push(...(await collections.move(id, move.hashes('ids'), placeIn(move))))
    }
    return c.json(resultsJson(results))
  })
}

// Collections have an order of their own: a page goes on after so many.
function placeOf(text: string | undefined): number {
  if (text === undefined) return 0
  if (!/^\d{1,9}$/.test(text)) throw new AlbumError('BAD_ARGUMENT', '`after` is the `next` of a page')
  return Number(text)
}

function placeIn(body: Body): Place {
  const place: Place = {}
  for (const side of ['before', 'after'] as const) {
    const id = body.text(side)
    if (id === undefined) continue
    if (!isHash(id)) throw new AlbumError('BAD_ARGUMENT', `${side} is the id of a photo`)
    place[side] = id
  }
  return place
}
