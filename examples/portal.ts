// A portal for browsers: opens an album that is there, listens on this machine, and prints a link for everybody who may
// see it. `--lan` lets the home network in. An app with a server of its own mounts `portal.fetch` instead.
import path from 'node:path'
import { parseArgs } from 'node:util'
import { Album } from '../index.ts'
import { createPortal, listenPortal } from '../lib/portal/index.ts'

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { lan: { type: 'boolean', default: false }, offline: { type: 'boolean', default: false } }
})
const [folder = './album'] = positionals

const album = await Album.open(folder, values.offline ? { network: false } : {})
const portal = await createPortal(album, { folder: path.join(folder, 'portal') })
const { url } = await listenPortal(portal, { host: values.lan ? 'lan' : 'loopback' })
console.error(`"${album.name}" at ${url}`)

for (const { id, name, role, removed } of await album.members.list()) {
  if (removed || role === 'mirror') continue
  const { urls } = await portal.links.create({ memberId: id })
  console.log(`${name}  ${urls[0]}`)
}
