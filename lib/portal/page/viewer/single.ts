// One photo by itself: it is not among those of the screen below.
import type { Cell, PhotoDetails } from '../../api.ts'
import { get } from '../client.ts'
import type { Sequence } from '../sequence.ts'
import { Store } from '../store.ts'

export async function single(id: string): Promise<Sequence> {
  const { photo } = await get<PhotoDetails>(`photos/${id}`)
  const cell: Cell = {
    id: photo.id,
    type: photo.type.startsWith('video/') ? 'video' : 'image',
    width: photo.width,
    height: photo.height,
    duration: photo.duration,
    placeholder: photo.placeholder,
    local: photo.capturedAt.local,
    live: photo.files.some((file) => file.role === 'motion'),
    favourite: photo.favourite,
    thumbnail: true,
    by: photo.by,
    name: photo.name,
    caption: photo.caption
  }
  return {
    total: 1,
    version: new Store(0),
    at: (index) => (index === 0 ? cell : null),
    ensure: (index) => Promise.resolve(index === 0 ? cell : null),
    indexOf: (other) => (other === photo.id ? 0 : -1),
    find: (other) => Promise.resolve(other === photo.id ? 0 : -1)
  }
}
