import b4a from 'b4a'
import type { AutobaseHead, AutobaseWriter } from 'autobase'

// Hints of which blocks of the view an op needs, which spare reading them one by one.
const MOST_HINTS = 1000

/**
 * Makes harmless what a member with a modified program can write around its ops, by which Autobase 7.28.1 would stop
 * for everybody and for good: the same head named twice (lib/writer.js, "Corrupted DAG") ends the process, and hints
 * without end (lib/apply-state.js, `push(...trace)`) close the base.
 */
export function tame(writer: AutobaseWriter): void {
  const load = writer._loadNextNode.bind(writer)
  writer._loadNextNode = async () => {
    const loaded = await load()
    const { node } = writer
    if (!loaded || node === null) return loaded
    node.heads = distinct(node.heads)
    if (node.trace && hints(node.trace) > MOST_HINTS) node.trace = null
    return loaded
  }
}

function distinct(heads: AutobaseHead[]): AutobaseHead[] {
  return [...new Map(heads.map((head) => [`${b4a.toString(head.key, 'hex')}/${head.length}`, head])).values()]
}

function hints({
  system,
  encryption,
  user
}: NonNullable<NonNullable<AutobaseWriter['node']>['trace']>): number {
  return user.reduce((sum, { blocks }) => sum + 1 + blocks.length, system.length + encryption.length)
}
