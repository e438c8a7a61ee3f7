import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import SecretStream from '@hyperswarm/secret-stream'
import FastForward from 'autobase/lib/fast-forward.js'
import Autobase, { type ApplyHost, type ApplyState, type LocalState, type OpenHost } from 'autobase'
import BlindPairing from 'blind-pairing'
import BlindPeering from 'blind-peering'
import * as pairingCore from 'blind-pairing-core'
import test from 'brittle'
import Corestore from 'corestore'
import Hypercore, { type NoiseStream, type SessionState } from 'hypercore'
import crypto from 'hypercore-crypto'
import Hyperbee from 'hyperbee'
import createTestnet from 'hyperdht/testnet.js'
import Dht from 'hyperdht'
import Hyperdrive from 'hyperdrive'
import Hyperswarm from 'hyperswarm'
import IndexEncoder from 'index-encoder'
import Protomux from 'protomux'
import ProtomuxWakeup from 'protomux-wakeup'
import sodium from 'sodium-universal'
import z32 from 'z32'
import { tmp } from './helpers.ts'

// The packages below ship no types: lib/holepunch.d.ts says what they have. This looks for everything declared there
// on real objects, so that an upgrade which drops a member is noticed here and not by a family.

const declarations = fs.readFileSync(
  path.join(path.dirname(fileURLToPath(import.meta.url)), '..', 'lib', 'holepunch.d.ts'),
  'utf8'
)

/** Names of the members that an interface or class of a module declares. */
function membersOf(module: string, name: string): string[] {
  const body = new RegExp(`declare module '${module}' \\{\\n([\\s\\S]*?)\\n\\}`).exec(declarations)?.[1] ?? ''
  const found = new RegExp(`(?:interface|class|const) ${name}\\b[^{]*\\{\\n([\\s\\S]*?)\\n {2}\\}`).exec(
    body
  )?.[1]
  if (found === undefined) throw new Error(`${module} declares no ${name}`)
  const names = [...found.matchAll(/^ {4}(?:static )?(?:readonly )?(\w+)\??[(:<]/gm)].map(
    (match) => match[1] as string
  )
  return [...new Set(names)].filter((one) => !['new', 'constructor'].includes(one))
}

/** All interfaces and classes of the file that have members, as `module Name`. */
function declared(): string[] {
  return [...declarations.matchAll(/declare module '(.+?)' \{\n([\s\S]*?)\n\}/g)].flatMap(
    ([, module, body]) =>
      [...(body as string).matchAll(/(?:interface|class) (\w+)/g)].map(([, name]) => `${module} ${name}`)
  )
}

// What only describes options or plain values that we give or get, and has no methods to lose.
const PLAIN = [
  'hypercore Manifest',
  'hypercore KeyPair',
  'hypercore GetOptions',
  'corestore CoreOptions',
  'hyperbee BeeRange',
  'hyperbee HyperbeeOptions',
  'autobase ApplyNode',
  'autobase AutobaseOptions',
  'autobase AutobaseHead',
  'autobase AutobaseNode',
  'autobase BootRecord',
  'protomux ChannelOptions',
  'blind-pairing-core Answer',
  'blind-peering ToldCore',
  'blind-peer AddedCores',
  'blind-peer PeerSwarm',
  'index-encoder KeyEncoder',
  'brittle Assertions',
  'brittle TestOptions',
  'brittle Test'
]

test('holepunch: everything declared is there', { timeout: 60_000 }, async (t) => {
  const seen = new Set<string>()
  const check = (module: string, name: string, object: object): void => {
    seen.add(`${module} ${name}`)
    const missing = membersOf(module, name).filter((member) => !(member in object))
    t.alike(missing, [], `${module} ${name}`)
  }

  const store = new Corestore(tmp(t))
  const core = store.get({ name: 'core' })
  await core.ready()
  check('corestore', 'Corestore', store)
  check('corestore', 'CoreStorage', store.storage)
  check('hypercore', 'Hypercore', core)
  check('hypercore', 'HypercoreStatic', Hypercore)
  check('hypercore', 'SessionState', core.core.state as SessionState)
  check('hypercore', 'DownloadRange', core.download())

  const bee = new Hyperbee(store.get({ name: 'bee' }), { keyEncoding: 'binary', valueEncoding: 'binary' })
  await bee.put(Buffer.from('a'), Buffer.from('b'))
  check('hyperbee', 'Hyperbee', bee)
  const batch = bee.batch()
  check('hyperbee', 'BeeReader', batch)
  check('hyperbee', 'BeeWriter', batch)
  await batch.close()
  const node = await bee.get(Buffer.from('a'))
  t.ok(node && 'seq' in node && 'key' in node && 'value' in node, 'hyperbee BeeNode')
  seen.add('hyperbee BeeNode')

  let host: object = {}
  let changes: object = {}
  let views: object = {}
  let opened: Partial<OpenHost> = {}
  const base = new Autobase(store.namespace('base'), null, {
    valueEncoding: 'binary',
    open: (viewStore, opening) => {
      opened = opening
      views = viewStore
      const view = viewStore.get('view')
      return new Hyperbee(view, { extension: false, keyEncoding: 'binary', valueEncoding: 'binary' })
    },
    apply: async (_nodes, view, calls) => {
      host = calls
      const writing = view.batch({ update: false })
      await writing.put(Buffer.from('k'), Buffer.from('v'))
      await writing.flush()
    },
    update: async (_view, what) => {
      changes = what
    },
    close: (view) => view.close()
  })
  let writer: object = {}
  base.on('writer', (opened: object) => {
    writer = opened
  })
  await base.append([Buffer.from('op')])
  check('autobase', 'Autobase', base)
  check('autobase', 'AutobaseStatic', Autobase)
  check('autobase', 'AutobaseWriter', writer)
  check('autobase', 'ApplyHost', host)
  check('autobase', 'SystemView', (host as ApplyHost).system)
  const forward = new FastForward(base, base.core.key, { verified: false, force: true })
  check('autobase/lib/fast-forward.js', 'FastForward', forward)
  await forward.close()
  check('autobase', 'UpdateChanges', changes)
  check('autobase', 'ViewStore', views)
  check('autobase', 'OpenHost', opened)
  check('autobase', 'ApplyState', opened.state as ApplyState)
  check('autobase', 'LocalState', opened.state?.localState as LocalState)
  await base.close()

  const drive = new Hyperdrive(store.namespace('drive'), { encryptionKey: crypto.randomBytes(32) })
  await drive.ready()
  const blobs = await drive.getBlobs()
  check('hyperdrive', 'Hyperdrive', drive)
  check('hyperdrive', 'HyperdriveStatic', Hyperdrive)
  check('hyperblobs', 'Hyperblobs', blobs)
  const blobBatch = (blobs as unknown as { batch(): { put(bytes: Uint8Array): Promise<object> } }).batch()
  check('hyperblobs', 'Pointer', await blobBatch.put(Buffer.from('bytes')))

  const testnet = await createTestnet(10)
  t.teardown(() => testnet.destroy(), { order: 10 })
  check('hyperdht/testnet.js', 'Testnet', testnet)
  const dht = new Dht({ bootstrap: testnet.bootstrap })
  t.teardown(() => dht.destroy())
  check('hyperdht', 'Dht', dht)
  const left = new Hyperswarm({ bootstrap: testnet.bootstrap })
  const right = new Hyperswarm({ bootstrap: testnet.bootstrap })
  t.teardown(() => Promise.all([left.destroy(), right.destroy()]))
  check('hyperswarm', 'Hyperswarm', left)
  const topic = crypto.randomBytes(32)
  const discovery = left.join(topic, { server: true, client: true })
  check('hyperswarm', 'Discovery', discovery)
  await discovery.flushed()
  const connected = new Promise<NoiseStream>((resolve) => right.on('connection', resolve))
  const met = new Promise<NoiseStream>((resolve) => left.on('connection', resolve))
  right.join(topic, { server: true, client: true })
  const [stream, copyStream] = await Promise.all([connected, met])
  check('hypercore', 'NoiseStream', stream)
  t.is(stream.rawStream?.rtoCount, 0, 'a stream of UDX counts what it sends again')
  t.is(typeof stream.rawStream?.bytesReceived, 'number', 'and what comes')
  const keyPair = crypto.keyPair()
  const secret = new SecretStream(false, null, {
    pattern: 'IK',
    keyPair,
    remotePublicKey: null,
    keepAlive: 0
  })
  check('@hyperswarm/secret-stream', 'SecretStream', secret)
  secret.destroy()
  check('hypercore', 'ProtocolStream', store.replicate(stream))
  const other = new Corestore(tmp(t))
  other.replicate(copyStream)
  await core.append(Buffer.from('block'))
  const copy = other.get({ key: core.key })
  await copy.get(0)
  check('hypercore', 'RemotePeer', copy.peers[0] as object)
  check('hypercore', 'InnerCore', copy.core)
  check('hypercore', 'Replicator', copy.core.replicator)
  await other.close()
  const mux = Protomux.from(stream)
  check('protomux', 'Protomux', mux)
  const channel = mux.createChannel({ protocol: 'test', id: topic, messages: [] })
  check('protomux', 'Channel', channel as object)
  check('protomux-wakeup', 'ProtomuxWakeup', new ProtomuxWakeup())

  const pairing = new BlindPairing(left)
  check('blind-pairing', 'BlindPairing', pairing)
  const invite = pairingCore.createInvite(core.key)
  const member = pairing.addMember({ discoveryKey: core.discoveryKey, onadd: () => {} })
  const candidate = pairing.addCandidate({
    invite: invite.invite,
    userData: Buffer.from('me'),
    onadd: async () => {}
  })
  check('blind-pairing', 'Pairing', member)
  check('blind-pairing', 'Member', member)
  check('blind-pairing', 'Candidate', candidate)
  const asking = new pairingCore.CandidateRequest(invite.invite, Buffer.from('me'))
  check('blind-pairing-core', 'CreatedInvite', invite)
  check('blind-pairing-core', 'DecodedInvite', pairingCore.decodeInvite(invite.invite))
  const encoded = (asking as unknown as { encode(): Uint8Array }).encode()
  const { MemberRequest } = pairingCore
  seen.add('blind-pairing-core MemberRequest')
  const request = MemberRequest.from(encoded)
  const missing = membersOf('blind-pairing-core', 'MemberRequest').filter(
    (name) => !(name in request) && !(name in MemberRequest)
  )
  t.alike(missing, [], 'blind-pairing-core MemberRequest')
  request.open(invite.publicKey)
  request.deny({ status: 4 })
  const { response } = request as unknown as { response: Uint8Array }
  t.is(asking.handleResponse(response), null)
  t.is(asking.response?.status, 4, 'blind-pairing-core hands on statuses that it does not know')
  check('blind-pairing-core', 'CandidateRequest', asking)
  t.ok('verifyReceipt' in pairingCore)
  await pairing.close()

  const dhtServer = dht.createServer({ firewall: () => true }, () => {})
  check('hyperdht', 'DhtServer', dhtServer)
  await dhtServer.close()
  const noStream = { replicate: () => {}, addStream: () => {} }
  const peering = new BlindPeering(dht, noStream, { keys: [core.key], pick: 1, wakeup: noStream })
  peering.keyPair = keyPair
  check('blind-peering', 'BlindPeering', peering)
  await peering.close()
  const { default: BlindPeer } = await import('blind-peer')
  // It changes how all cores of this process ask for blocks.
  ;(Hypercore as unknown as { enable(flags: number): void }).enable(0)
  const peer = new BlindPeer(tmp(t), { swarm: left, maxBytes: Infinity, enableGc: false })
  const rocks = peer.rocks.session({ columnFamily: 'another' })
  await peer.ready()
  check('blind-peer', 'BlindPeer', peer)
  check('blind-peer', 'RocksSession', rocks)
  const puts = rocks.write({ autoDestroy: true })
  check('blind-peer', 'RocksBatch', puts)
  puts.tryPut(core.key, core.discoveryKey)
  await puts.flush()
  for await (const { key, value } of rocks.iterator({})) t.alike([key, value], [core.key, core.discoveryKey])
  await rocks.close()
  const held = peer.store.get({ key: core.key })
  await held.ready()
  const [tracker] = peer.activeReplication.values()
  check('blind-peer', 'CoreTracker', tracker as object)
  await held.close()
  await peer.close()

  check('index-encoder', 'IndexEncoderStatic', IndexEncoder)
  for (const name of membersOf('hypercore-crypto', 'crypto')) t.ok(name in crypto, `hypercore-crypto ${name}`)
  for (const name of membersOf('sodium-universal', 'sodium')) t.ok(name in sodium, `sodium-universal ${name}`)
  t.is(z32.encode(z32.decode('yy')), 'yy', 'z32')
  await store.close()

  const unseen = declared().filter((one) => !seen.has(one) && !PLAIN.includes(one))
  t.alike(unseen, [], 'nothing declared is left out here')
})
