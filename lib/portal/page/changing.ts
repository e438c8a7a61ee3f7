// What one does with photos, one or many, in words of the portal.
import type { EditRequest, PhotoResults } from '../api.ts'
import { photoAddress, send } from './client.ts'
import { say } from './parts/say.tsx'
import { me } from './session.ts'
import { errorText, texts } from './texts.ts'

export type Act = 'trash' | 'restore' | 'purge'

/** Changes captions, tags, dates or favourites; says what failed. */
export async function edit(ids: string[], patch: EditRequest['patch']): Promise<void> {
  await inParts(ids, (part) => send<PhotoResults>('PATCH', 'photos', { ids: part, patch }))
}

/** Puts photos into the trash, back, or away for good; the first can be undone at once. Answers those it went well with. */
export async function act(what: Act, ids: string[]): Promise<string[]> {
  const done = await inParts(ids, (part) => send<PhotoResults>('POST', `photos/${what}`, { ids: part }))
  if (done.length === 0) return done
  const undo = { label: texts.undo, run: () => void act('restore', done) }
  say(texts.done[what](done.length), what === 'trash' ? undo : undefined)
  return done
}

/** Puts photos into a collection, or takes them out of it. */
export async function collect(id: string, request: { add?: string[]; remove?: string[] }): Promise<string[]> {
  const [verb, ids] = request.add
    ? (['add', request.add] as const)
    : (['remove', request.remove ?? []] as const)
  return inParts(ids, (part) => send<PhotoResults>('POST', `collections/${id}/photos`, { [verb]: part }))
}

/** Has the browser fetch originals, one after another: it asks once whether a page may do so with several. */
export async function download(ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    const link = document.createElement('a')
    link.href = photoAddress(id, 'original', { download: 1 })
    link.download = ''
    document.body.append(link)
    link.click()
    link.remove()
    await new Promise((resolve) => setTimeout(resolve, 400))
  }
}

/** As many ids in a request as the portal takes; answers those with which it went well. */
async function inParts(
  ids: readonly string[],
  ask: (part: string[]) => Promise<PhotoResults>
): Promise<string[]> {
  const most = me.value?.limits.ids ?? 100
  const done: string[] = []
  const failed: string[] = []
  for (let from = 0; from < ids.length; from += most) {
    const { results } = await ask(ids.slice(from, from + most))
    for (const { id, status, error } of results) {
      if (status === 'done') done.push(id)
      else failed.push(error?.code ?? 'FAILED')
    }
  }
  if (failed[0]) say(texts.someFailed(failed.length, errorText(failed[0])))
  return done
}
