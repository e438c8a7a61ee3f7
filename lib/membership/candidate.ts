import b4a from 'b4a'
import BlindPairing from 'blind-pairing'
import { type Answer, CandidateRequest } from 'blind-pairing-core'
import crypto from 'hypercore-crypto'
import { AlbumError, codeOf } from '../errors.ts'
import { type DeviceKeys, unseal } from '../log/keychain.ts'
import type { Swarm } from '../network/swarm.ts'
import { type Out, encode, tryDecode } from '../schema/codec.ts'
import type { Wait } from '../types.ts'
import { bounded, deferred, sleep } from '../util/wait.ts'
import { candidateStatement, certificateStatement } from '../view/identity.ts'
import { type Code, FULL, commitmentOf } from './code.ts'

/** What a joiner has in hand once it was let in. */
export interface Admission extends Pick<
  Out['admission'],
  'encryptionKey' | 'epochKey' | 'identity' | 'certificate' | 'certifiedAt' | 'invite' | 'system' | 'handings'
> {
  /** The album's key. */
  key: Uint8Array
}

/** The joiner's own words, signed with its writer core's and its identity's key; kept until it has joined. */
export function candidateData(code: Code, keys: DeviceKeys, name: string, device: string): Uint8Array {
  const candidate = {
    publicKey: keys.writer.publicKey,
    identity: keys.identity.publicKey,
    box: keys.box.publicKey,
    nonce: crypto.randomBytes(16),
    name,
    device
  }
  const statement = candidateStatement(code.decoded.id, candidate)
  return encode('candidate', {
    ...candidate,
    writerSignature: crypto.sign(statement, keys.writer.secretKey),
    identitySignature: crypto.sign(statement, keys.identity.secretKey)
  })
}

/**
 * Asks to join until somebody answers. Resolves to the admission; rejects with `INVITE_USED`, `INVITE_EXPIRED`,
 * `INVITE_REJECTED` or `ALBUM_FULL`. An admission that does not hold what the code promises is somebody else's forgery: it is ignored.
 */
export async function askToJoin(
  swarm: Swarm,
  code: Code,
  userData: Uint8Array,
  keys: DeviceKeys,
  wait: Wait
): Promise<Admission> {
  const pairing = new BlindPairing(swarm.hyperswarm)
  const admitted = deferred<Admission>()
  admitted.promise.catch(() => {})
  try {
    const candidate = pairing.addCandidate({ invite: code.invite, userData, onadd: async () => {} })
    // By itself it asks one after the other, a second each; but only one device answers an invite (blind-pairing 2.3).
    candidate.broadcast = () => {
      const { ref, visited } = candidate
      for (const channel of ref.channels) if (!visited.has(channel)) candidate._sendRequest(channel)
    }
    // And it would take the first answer for the one, and stop asking.
    candidate._addResponse = async (bytes) => {
      const answer = readAnswer(bytes, code, userData, keys)
      if (answer instanceof AlbumError) admitted.reject(answer)
      else if (answer) admitted.resolve(answer)
    }
    return await bounded(admitted.promise, wait, 'Joining')
  } finally {
    // Its channels are let go at once; a look-up in the DHT that is under way need not be waited for.
    await Promise.race([pairing.close().catch(() => {}), sleep(100)])
  }
}

/** What an answer says; null for garbage, and for what does not come from the device that the code names. */
function readAnswer(
  bytes: Uint8Array,
  code: Code,
  userData: Uint8Array,
  keys: DeviceKeys
): Admission | AlbumError | null {
  const request = new CandidateRequest(code.invite, userData)
  let denial: AlbumError | null = null
  request.on('rejected', (error) => {
    denial = denialOf(error)
  })
  try {
    const answer = request.handleResponse(bytes)
    if (answer) return openAnswer(answer, code, keys)
    return request.response?.status === FULL
      ? new AlbumError('ALBUM_FULL', 'The album takes no more members, or no more devices of this one')
      : denial
  } catch {
    return null
  }
}

function denialOf(error: Error): AlbumError | null {
  const code = codeOf(error)
  if (code === 'INVITE_USED')
    return new AlbumError('INVITE_USED', 'This invite has been used: ask for another')
  if (code === 'INVITE_EXPIRED')
    return new AlbumError('INVITE_EXPIRED', 'This invite has expired: ask for another')
  if (code === 'PAIRING_REJECTED')
    return new AlbumError('INVITE_REJECTED', 'The album did not let this device in')
  return null
}

function openAnswer({ key, data }: Answer, code: Code, keys: DeviceKeys): Admission | null {
  const bytes = data && unseal(data, keys.box)
  const admission = bytes && tryDecode('admission', bytes)
  if (!admission) return null
  const { encryptionKey, identity, certificate, certifiedAt, invite } = admission
  const statement = certificateStatement(key, keys.identity.publicKey, certifiedAt, invite)
  const genuine =
    b4a.equals(commitmentOf(encryptionKey, identity), code.commitment) &&
    b4a.equals(invite, code.decoded.id) &&
    crypto.verify(statement, certificate, identity)
  return genuine ? { key, ...admission } : null
}
