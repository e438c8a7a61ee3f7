// What one does with photos, one or many, in words of the portal.
import type { EditRequest, PhotoResults } from '../api.ts'
import { photoAddress, send } from './client.ts'
import { attempt, say } from './parts/say.tsx'
import { me } from './session.ts'
import { errorText, texts } from './texts.ts'

export type Act = 'trash' | 'restore' | 'purge'

/** Changes captions, tags, dates or favourites; says what failed. */
export async function edit(ids: string[], patch: EditRequest['patch']): Promise<void> {
  const { trouble } = await inParts(ids, (part) =>
    send<PhotoResults>('PATCH', 'photos', { ids: part, patch })
  )
  if (trouble) say(trouble)
}

/**
 * Puts photos into the trash, back, or away for good; the first can be undone at once. Answers those that left the screen:
 * one that others added, too, stays for them.
 */
export async function act(what: Act, ids: string[]): Promise<string[]> {
  const shared: string[] = []
  const { done, trouble } = await inParts(ids, async (part) => {
    const answer = await send<PhotoResults>('POST', `photos/${what}`, { ids: part })
    for (const { id, status, trashed } of answer.results)
      if (what === 'trash' && status === 'done' && !trashed) shared.push(id)
    return answer
  })
  const gone = done.filter((id) => !shared.includes(id))
  const undo = { label: texts.undo, run: () => void attempt(() => act('restore', gone)) }
  const words = [
    gone.length > 0 ? texts.done[what](gone.length) : '',
    shared.length > 0 ? texts.done.withdrawn(shared.length) : '',
    trouble
  ].filter(Boolean)
  if (words.length > 0) say(words.join('. '), what === 'trash' && gone.length > 0 ? undo : undefined)
  return gone
}

/** Puts photos into a collection, or takes them out of it. */
export async function collect(id: string, request: { add?: string[]; remove?: string[] }): Promise<string[]> {
  const [verb, ids] = request.add
    ? (['add', request.add] as const)
    : (['remove', request.remove ?? []] as const)
  const { done, trouble } = await inParts(ids, (part) =>
    send<PhotoResults>('POST', `collections/${id}/photos`, { [verb]: part })
  )
  if (trouble) say(trouble)
  return done
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

/** As many ids in a request as the portal takes; answers those with which it went well, and what is to be said of others. */
async function inParts(
  ids: readonly string[],
  ask: (part: string[]) => Promise<PhotoResults>
): Promise<{ done: string[]; trouble: string }> {
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
  return { done, trouble: failed[0] ? texts.someFailed(failed.length, errorText(failed[0])) : '' }
}
