import type { AlbumContext } from '../command.ts'
import { bold, dim, say, yellow } from '../said.ts'

export async function status({ album, folder, kept, output }: AlbumContext): Promise<void> {
  const told = await album.status()
  const { name, role, online, peers, photos, index, removalPending } = told
  const me = await album.members.me()
  const final = index.final < index.length ? `, ${index.length - index.final} blocks not final` : ''
  const served = kept
    ? online
      ? 'served and online'
      : 'served, offline'
    : 'not served: `hyperalbum serve` brings it online'
  await output.result({ ...told, folder, served: kept }, [
    say`${bold(name)}  ${photos} photos`,
    say`  ${dim('you')}     ${me ? `${me.name}, ${role}` : 'not a member any more'}`,
    say`  ${dim('here')}    ${folder}, ${served}`,
    ...(kept
      ? [
          say`  ${dim('online')}  ${peers.map((peer) => `${peer.member}, ${peer.device}`).join('; ') || 'nobody else'}`
        ]
      : []),
    say`  ${dim('index')}   ${index.length} blocks${final}${index.whole ? '' : ', not all here yet'}`,
    ...(removalPending
      ? [yellow('  Somebody was removed, and no owner’s device has made a new key yet.')]
      : [])
  ])
}
