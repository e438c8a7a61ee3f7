import { capturedOf } from './dates.ts'
import { checkCaption, cleanTags } from './drafts.ts'
import { AlbumError } from './errors.ts'
import type { Actor } from './log/actor.ts'
import { changeMany } from './many.ts'
import { CAPTION, CAPTURED, TAGS } from './schema/op.ts'
import type { Ids, Many, PhotoPatch } from './types.ts'
import type { Queries } from './view/queries.ts'
import type { PhotoRecord } from './view/rows.ts'
import * as rules from './view/rules.ts'
import { sameCaptured, sameTags } from './view/valid.ts'

interface Values {
  caption: string | null
  tags: string[] | null
  captured: ReturnType<typeof capturedOf> | null
}

interface Change {
  apart?: boolean
  allowed: (author: rules.Author) => boolean
  what: string
  refuse?: (author: rules.Author, record: PhotoRecord) => AlbumError | null
  took: (record: PhotoRecord | null, author: rules.Author) => boolean
  op: (ids: Uint8Array[], author: rules.Author) => Uint8Array[]
}

/** What members do to photos that are there: edit, trash, restore, delete for good. */
export class Changing {
  readonly #queries: Queries
  readonly #actor: Actor

  constructor(queries: Queries, actor: Actor) {
    this.#queries = queries
    this.#actor = actor
  }

  edit<T extends Ids>(ids: T, patch: PhotoPatch): Promise<Many<T>> {
    const { caption, tags, capturedAt, favourite } = patch
    const fields =
      (caption === undefined ? 0 : CAPTION) |
      (tags === undefined ? 0 : TAGS) |
      (capturedAt === undefined ? 0 : CAPTURED)
    if (fields === 0 && favourite === undefined) {
      throw new AlbumError('BAD_ARGUMENT', 'There is nothing to change')
    }
    const values: Values = {
      caption: caption === undefined ? null : checkCaption(caption),
      tags: tags === undefined ? null : cleanTags(tags),
      captured: capturedAt === undefined ? null : capturedOf(capturedAt, 'member')
    }
    return this.#change(ids, {
      allowed: fields === 0 ? rules.maySpeak : rules.mayContribute,
      what: 'change photos',
      took: (record, author) =>
        record !== null &&
        says(record, values) &&
        (favourite === undefined || (record.favourites ?? []).includes(author.member) === favourite),
      op: (photos) => [
        ...(fields === 0 ? [] : [this.#actor.encode('edit', { ids: photos, fields, values })]),
        ...(favourite === undefined ? [] : [this.#actor.encode('favourite', { ids: photos, on: favourite })])
      ]
    })
  }

  trash<T extends Ids>(ids: T): Promise<Many<T>> {
    return this.#change(ids, {
      allowed: rules.mayContribute,
      what: 'trash photos',
      refuse: (author, record) =>
        rules.mayTrash(author) || rules.mayWithdraw(author, record)
          ? null
          : forbidden('trash photos of others'),
      took: (record, author) =>
        record === null || record.trashed !== null || !rules.mayWithdraw(author, record),
      op: (photos, author) => [
        this.#actor.encode(rules.mayTrash(author) ? 'trash' : 'withdraw', { ids: photos })
      ]
    })
  }

  restore<T extends Ids>(ids: T): Promise<Many<T>> {
    return this.#change(ids, {
      allowed: rules.mayContribute,
      what: 'restore photos',
      refuse: (author, record) =>
        rules.mayRestore(author, record) ? null : forbidden('restore this: it was not you who took it back'),
      took: (record) => record !== null && record.trashed === null,
      op: (photos) => [this.#actor.encode('restore', { ids: photos })]
    })
  }

  purge<T extends Ids>(ids: T): Promise<Many<T>> {
    return this.#change(ids, {
      allowed: rules.mayContribute,
      what: 'delete photos',
      apart: true,
      refuse: (author, record) =>
        rules.mayPurge(author, record) ? null : forbidden('delete for good what others added'),
      took: (record) => record === null,
      op: (photos) => [this.#actor.encode('purge', { ids: photos })]
    })
  }

  #change<T extends Ids>(ids: T, change: Change): Promise<Many<T>> {
    const op = (chunk: { bytes: Uint8Array }[], author: rules.Author): Uint8Array[] => {
      const photos = chunk.map(({ bytes }) => bytes)
      return change.op(photos, author)
    }
    return changeMany(ids, { ...change, queries: this.#queries, actor: this.#actor, op })
  }
}

/** Whether a record has these values; those that are null were not asked for. */
function says(record: PhotoRecord, { caption, tags, captured }: Values): boolean {
  return (
    (caption === null || caption === (record.caption ?? '')) &&
    (tags === null || sameTags(tags, record.tags ?? [])) &&
    (captured === null || sameCaptured(captured, record.captured))
  )
}

function forbidden(what: string): AlbumError {
  return new AlbumError('FORBIDDEN', `You may not ${what}`)
}
