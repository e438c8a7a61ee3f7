import type { AlbumContext } from '../command.ts'
import { stateOf } from './blind.ts'
import { bold, dim, say, yellow } from '../said.ts'
import { counted, momentOf } from '../telling.ts'
import { signerOf } from './indexer.ts'

export async function status({ album, folder, output, served }: AlbumContext): Promise<void> {
  const told = await album.status()
  const { name, role, online, peers, photos, index, removalPending } = told
  const promised = await album.copies.promised()
  const me = await album.members.me()
  const signer = await album.indexer.status()
  const since = signer.waitingSince === null ? '' : ` since ${momentOf(signer.waitingSince)}`
  const waiting = signer.online ? '' : `: ${signerOf(signer)} has to be online${since}`
  const final = index.final < index.length ? `, ${index.length - index.final} blocks not final${waiting}` : ''
  const mirrors = await album.blindMirrors.list()
  const reach = online ? 'online' : 'offline'
  await output.result({ ...told, promised, folder, served }, [
    say`${bold(name)}  ${photos} photos`,
    say`  ${dim('you')}     ${me ? `${me.name}, ${role}` : 'not a member any more'}`,
    say`  ${dim('here')}    ${folder}, ${served ? `served, ${reach}` : 'not served: `hyperalbum serve` brings it online'}`,
    ...(online
      ? [
          say`  ${dim('online')}  ${peers.map((peer) => `${peer.member}, ${peer.device}`).join('; ') || 'nobody else'}`
        ]
      : []),
    ...mirrors.map((mirror) => say`  ${dim('blind')}   ${mirror.name}: ${stateOf(mirror)}`),
    say`  ${dim('index')}   ${index.length} blocks${final}${index.whole ? '' : ', not all here yet'}`,
    say`  ${dim('copies')}  each original is to be on ${counted(promised, 'device')}: \`hyperalbum health\` tells which are not`,
    ...(removalPending
      ? [yellow('  Somebody was removed, and no owner’s device has made a new key yet.')]
      : [])
  ])
}
