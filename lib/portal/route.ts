import type { Context, Hono } from 'hono'
import { AlbumError } from '../errors.ts'
import { notFound } from './answers.ts'
import { isHash, isId } from './body.ts'
import type { Visitor } from './visitors.ts'

/** What every route is given. */
export interface Env {
  Bindings: { address?: string }
  Variables: { visitor: Visitor }
}

export type App = Hono<Env>
export type Ask = Context<Env>

export function visitorOf(c: Ask): Visitor {
  return c.get('visitor')
}

/** A member's, collection's, link's ... id in the path; what cannot be one is not found. */
export function idIn(c: Ask): string {
  const id = c.req.param('id')
  if (!isId(id)) throw notFound()
  return id
}

/** A photo's id in the path. */
export function photoIn(c: Ask): string {
  const id = c.req.param('id')
  if (!isHash(id)) throw notFound()
  return id
}

/** Throws where the visitor may not manage. */
export function managing(c: Ask): Visitor {
  const visitor = visitorOf(c)
  if (!visitor.manages)
    throw new AlbumError('FORBIDDEN', 'Only an owner may, through the portal of their own device')
  return visitor
}

export function done(): Response {
  return new Response(null, { status: 204 })
}
