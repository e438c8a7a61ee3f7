import type Hyperschema from 'hyperschema'

type Field = { name: string; type: string; required?: boolean; array?: boolean }

/** The optional field, never used, of structs that have no other. */
export const SPARE = 'spare'

// A field in three letters' time: `!` is required, `[]` an array; all else is optional and may be appended later.
function fields(text: string): Field[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean)
    .map((part) => {
      const [name, spec] = part.split(':') as [string, string]
      const field: Field = { name, type: spec.replace(/[![\]]/g, '').trim() }
      if (spec.includes('!')) field.required = true
      if (spec.includes('[]')) field.array = true
      return field
    })
}

/**
 * Every encoding of the album, of ops in the log and of rows in the view. Append optional fields only: what was
 * written once is read for ever, and hyperschema refuses anything else when `npm run schema` records a new version.
 * Numbers that must tell 0 from "not known" are stored with a bias, said where they are.
 */
export function define(schema: Hyperschema): Hyperschema {
  const album = schema.namespace('album')
  const struct = (name: string, text: string, compact = false): void => {
    const all = fields(text)
    // Without an optional field there are no flags, and the first one appended would change the bytes of every row:
    // programs from before and after it would split. So there is one from the start, or nothing is ever appended.
    if (!compact && all.every((field) => field.required)) all.push({ name: SPARE, type: 'bool' })
    album.register({ name, compact, fields: all } as never)
  }

  // ---- shared parts
  // Where bytes lie in a drive's blob core: hyperblobs 2.12, `{blockOffset, blockLength, byteOffset, byteLength}`.
  struct('pointer', 'blockOffset:uint!, blockLength:uint!, byteOffset:uint!, byteLength:uint!', true)
  // local: ms since 1970 of the wall clock, read as if UTC; offset: minutes east of UTC + 1000, 0: not known.
  struct('captured', 'local:int!, source:uint!, precision:uint!, offset:uint, zone:string')
  // Degrees times 10^7; altitude in centimetres + 10^7, 0: not known.
  struct('location', 'latitude:int!, longitude:int!, altitude:uint')
  // The video inside a Motion Photo: bytes of the original. `live` of a photo: what both halves of a Live Photo say.
  struct('embedded', 'sha256:fixed32!, start:uint!, size:uint!, type:uint!')
  // The moving half of a Live Photo, a photo of its own but for where it is shown; `by` gave it and have not taken it
  // back; `met`: what people had said of it is said of the photo.
  struct('half', 'id:fixed32!, size:uint!, type:uint!, by:uint[], met:bool')
  struct('values', 'caption:string, tags:string[], captured:@album/captured')
  struct('placed', 'collection:fixed16!, position:string!')

  // ---- ops. `version` is the album version from which the op counts; `as` a member it is done for.
  struct('op', 'version:uint!, type:uint!, at:uint!, body:buffer!, as:fixed16')
  struct(
    'found',
    'name:string!, member:string!, device:string!, nonce:fixed16!, publicKey:fixed32!, identity:fixed32!, box:fixed32!'
  )
  // takeovers: of the index, that this device has followed; takenBy: who took over last, by its writer core. asleep: it lies in a recovery kit, until that is used; kit: in which one, for good.
  // system: Autobase's system core that it signs, of the device that signs the index.
  struct(
    'hello',
    'supports:uint!, name:string, takeovers:uint, system:fixed32, asleep:bool, takenBy:fixed32, kit:fixed16'
  )
  // answerer: another device that is to answer it, by its writer core; seed: the invite's, sealed to that device's box key.
  struct(
    'invite',
    'id:fixed32!, publicKey:fixed32!, proof:fixed64!, role:uint!, expires:uint, uses:uint, approval:bool, own:bool, commitment:fixed16, ' +
      'answerer:fixed32, seed:buffer'
  )
  struct('revoke-invite', 'id:fixed32!')
  // The device to which an invite was handed has heard of it.
  struct('answer', 'invite:fixed32!')
  struct('admit', 'invite:fixed32!, receipt:buffer!')
  // What the joiner signs: carried in the receipt of blind-pairing 2.3.1, at most 800 bytes.
  struct(
    'candidate',
    'publicKey:fixed32!, identity:fixed32!, box:fixed32!, nonce:fixed16!, name:string!, device:string!, writerSignature:fixed64!, identitySignature:fixed64!'
  )
  struct('member', 'nonce:fixed16, id:fixed16, name:string, role:uint')
  struct('delegate', 'member:fixed16!, device:fixed32!, revoke:bool')
  struct('set-role', 'member:fixed16!, role:uint!')
  struct('remove', 'member:fixed16, device:fixed32')
  // A device's drives for an epoch, by the public keys of their manifests; each signs the device's writer key.
  struct(
    'device',
    'epoch:fixed32!, originals:fixed32!, renditions:fixed32!, originalsProof:fixed64!, renditionsProof:fixed64!, name:string'
  )
  struct('sealed', 'device:fixed32!, box:buffer!')
  // The key of an earlier epoch, under that of the epoch which names it.
  struct('link', 'epoch:fixed32!, box:buffer!')
  // Epochs are named by what commits to their keys: two owners may begin one apart.
  struct('epoch', 'commitment:fixed32!, after:fixed32, sealed:@album/sealed[], links:@album/link[]')
  struct(
    'photo',
    'id:fixed32!, name:string!, type:uint!, size:uint!, captured:@album/captured!, drive:uint!, original:@album/pointer!, ' +
      'preview:@album/pointer, thumbnail:@album/pointer, width:uint, height:uint, duration:uint, location:@album/location, ' +
      'camera:string, placeholder:buffer, caption:string, tags:string[], collections:@album/placed[], ' +
      'restore:bool, related:fixed32[], damaged:bool, mime:string, live:fixed16, embedded:@album/embedded'
  )
  struct('photos', 'photos:@album/photo[]!')
  struct('edit', 'ids:fixed32[]!, fields:uint!, values:@album/values!')
  struct('withdraw', 'ids:fixed32[]!')
  struct('trash', 'ids:fixed32[]!')
  struct('restore', 'ids:fixed32[]!')
  struct('purge', 'ids:fixed32[]!')
  struct('collection', 'nonce:fixed16, id:fixed16, name:string, cover:fixed32, remove:bool')
  struct('collect', 'collection:fixed16!, ids:fixed32[]!, positions:string[], remove:bool')
  struct('comment', 'photo:fixed32, nonce:fixed16, id:fixed16, text:string, remove:bool, reply:fixed16')
  struct('react', 'photo:fixed32!, reaction:string')
  struct('favourite', 'ids:fixed32[]!, on:bool')
  // Blocks held of another device's blob core: `ranges` alternates start and length.
  struct('hold', 'device:fixed32!, drive:uint!, renditions:bool, ranges:uint[]')
  struct('promise', 'copies:uint!')
  // Asks for leave to drop originals on the device that writes it; of a Live Photo each half by its own id.
  // gone: they were dropped already, by leave that an heir's order of the log does not give.
  struct('release', 'nonce:fixed16!, ids:fixed32[]!, gone:bool')
  // Who may take over the index where the device that signs it is lost, in this order, by their writer keys.
  struct('heirs', 'devices:fixed32[]!')
  // The index is to be signed by another device. `reign` counts those who signed it, from 0, and `signer` is who signs it by
  // then: another one may do so elsewhere, as the same reign. That device carries the wish out, and shows with its writer
  // core's key that it did, and of which system core it was the signer.
  struct(
    'hand-over',
    'reign:uint!, signer:fixed32!, device:fixed32!, publicKey:fixed32, proof:fixed64, system:fixed32'
  )
  // An heir goes on from where the index ends that it has: Autobase's system core, by its key and length.
  struct('take-over', 'reign:uint!, system:fixed32!, length:uint!')
  struct('raise-version', 'version:uint!')
  struct('ext', 'name:string!, data:buffer!')
  struct('rename', 'name:string!')
  // A blind mirror, by the key that it is found under; without a name it is no longer one.
  struct('blind', 'key:fixed32!, name:string')
  // A signed list of the devices that blind mirrors let in.
  struct('allow', 'list:buffer!')

  // ---- rows of the view. Members and devices are named by their numbers in order of admission.
  // takenBy, displaced: which device took over the index last, and from which.
  struct(
    'album-row',
    'name:string!, version:uint!, at:uint!, epoch:fixed32, members:uint, devices:uint, photos:uint, stale:bool, promise:uint, heirs:fixed32[], epochs:uint, ' +
      'indexer:uint, reign:uint, successor:uint, takeovers:uint, rival:uint, displaced:uint, takenBy:uint'
  )
  struct('member-row', 'id:fixed16!, name:string!, role:uint!, at:uint!, removed:bool, delegates:uint[]')
  struct('drives', 'epoch:fixed32!, originals:fixed32!, renditions:fixed32!', true)
  struct(
    'device-row',
    'writer:fixed32!, identity:fixed32!, box:fixed32!, member:uint!, name:string!, at:uint!, removed:bool, supports:uint, drives:uint, takeovers:uint, system:fixed32, asleep:bool, kit:fixed16'
  )
  // answerer: number of the device that answers it; 0: the one that made it. ready: it has heard of it.
  struct(
    'invite-row',
    'publicKey:fixed32!, role:uint!, device:uint!, at:uint!, expires:uint, uses:uint, used:uint, approval:bool, own:bool, revoked:bool, answerer:uint, ready:bool'
  )
  // freed: its device let go of the original with the album's leave.
  struct(
    'contribution',
    'member:uint!, device:uint!, drive:uint!, at:uint!, original:@album/pointer!, preview:@album/pointer, thumbnail:@album/pointer, ' +
      'withdrawn:bool, freed:bool'
  )
  struct('trashed', 'by:uint!, at:uint!, withdrawn:bool')
  struct(
    'record',
    'name:string!, type:uint!, size:uint!, captured:@album/captured!, contributions:@album/contribution[]!, width:uint, height:uint, ' +
      'duration:uint, location:@album/location, camera:string, placeholder:buffer, caption:string, tags:string[], favourites:uint[], ' +
      'collections:@album/placed[], related:fixed32[], trashed:@album/trashed, edits:uint, damaged:bool, mime:string, ' +
      'live:fixed16, embedded:@album/embedded, half:@album/half, still:fixed32'
  )
  // state: 0 in the album, 1 in the trash, 2 purged, 3 shown as the moving half of another.
  struct('place', 'local:int!, state:uint!', true)
  struct('purged', 'contributions:@album/contribution[]!, by:uint!, at:uint!, byOwner:bool, changes:uint')
  struct('history-row', 'field:uint!, before:@album/values!, after:@album/values!, member:uint!, at:uint!')
  struct('collection-row', 'name:string!, by:uint!, at:uint!, count:uint, cover:fixed32')
  struct('hold-row', 'ranges:uint[]!, at:uint')
  // What a device was answered that asked last, by the nonce of its op.
  struct('leave-row', 'nonce:fixed16!, granted:bool')
  struct('blind-row', 'name:string!, by:uint!, at:uint!')
  struct('comment-row', 'member:uint!, at:uint!, text:string!, reply:fixed16')
  // Photos of a day: all, and in parts by who gave them and of which type. A part without a member is of everybody; of
  // JPEGs there is none: they are what is left.
  struct('day-part', 'member:uint!, type:uint!, count:uint!', true)
  struct('day-row', 'count:uint!, parts:@album/day-part[]')
  struct('count', 'count:uint!', true)
  // How the index came from one device to the next: shown by the one before. Of what an heir took there is no proof.
  // system: the system core of the one before, and how much of it an heir went on from; raised: it became an owner by that.
  struct(
    'reign-row',
    'device:uint!, publicKey:fixed32, proof:fixed64, system:fixed32, length:uint, raised:bool'
  )
  struct('ext-row', 'device:uint!, at:uint!, data:buffer!')

  // ---- what a device keeps for itself, and what devices show each other
  // Who handed the index over, so that another device signed it as the how-manieth, and that signer's proof of it.
  struct('handing', 'reign:uint!, publicKey:fixed32!, proof:fixed64!')
  // What the admitting device tells the joiner, sealed to the joiner's box key.
  struct(
    'admission',
    'encryptionKey:fixed32!, epochKey:fixed32!, identity:fixed32!, certificate:fixed64!, certifiedAt:uint!, invite:fixed32!, system:fixed32, handings:@album/handing[]'
  )
  // What a recovery kit seals: devices of its own, one for each time that it is used, by what their keys derive from, whose
  // writer cores had `length` blocks; who was there, by their identities; and where blind mirrors are.
  struct('kit-mirror', 'key:fixed32!, name:string!')
  struct(
    'spare',
    'primaryKey:fixed32!, namespace:string!, writer:fixed32!, length:uint!, admission:@album/admission!'
  )
  struct(
    'kit',
    'name:string!, device:string!, at:uint!, key:fixed32!, spares:@album/spare[]!, ' +
      'epochKeys:fixed32[]!, devices:fixed32[]!, mirrors:@album/kit-mirror[]!'
  )
  // What a device shows at the gate; the certificate is of a device that the other side may not know yet.
  struct(
    'pass',
    'identity:fixed32!, signature:fixed64!, issuer:fixed32, certificate:fixed64, certifiedAt:uint, invite:fixed32'
  )
  struct('certificate', 'issuer:fixed32!, certifiedAt:uint!, invite:fixed32!, certificate:fixed64!')
  // Whom blind mirrors let in, by identity. Which of two lists is newer: by changes that are final, then by all.
  struct('allowed', 'final:uint!, changes:uint!, owners:fixed32[]!, others:fixed32[]!')
  struct('signed-allowed', 'allowed:buffer!, issuer:fixed32!, signature:fixed64!')
  // A code for a blind mirror, on the device that made it; and the one that has used it.
  struct('blind-code', 'secret:fixed16!, name:string!, expires:uint!, mirror:fixed32')
  // What a box that was given a code says, and what it is answered: a list, or why not.
  struct('knock', 'proof:fixed32!')
  struct('knock-answer', 'refusal:string, list:buffer')
  // What a blind mirror tells its visitors: how new its list is, bytes on its disk, and whether it takes no more of them.
  struct('blind-state', 'final:uint!, changes:uint!, bytes:uint!, full:bool')
  // What an owner's device tells a blind mirror: which cores a device writes. And what that keeps of a core.
  struct('blind-writes', 'device:fixed32!, cores:fixed32[]!')
  struct('blind-share', 'device:fixed32!, author:fixed32, log:bool, bytes:uint!')
  struct('request-row', 'invite:fixed32!, request:buffer!, name:string!, device:string!, at:uint!')
  struct('cursor', 'length:uint!, hash:fixed32!')

  return schema
}
