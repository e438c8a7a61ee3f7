// Made by lib/schema/build.ts
export interface In {
  'pointer': { blockOffset: number; blockLength: number; byteOffset: number; byteLength: number }
  'captured': { local: number; source: number; precision: number; offset?: number | null | undefined; zone?: string | null | undefined }
  'location': { latitude: number; longitude: number; altitude?: number | null | undefined }
  'embedded': { sha256: Uint8Array; start: number; size: number; type: number }
  'half': { id: Uint8Array; size: number; type: number; by?: number[] | null | undefined; met?: boolean | null | undefined }
  'values': { caption?: string | null | undefined; tags?: string[] | null | undefined; captured?: In['captured'] | null | undefined }
  'placed': { collection: Uint8Array; position: string }
  'op': { version: number; type: number; at: number; body: Uint8Array; as?: Uint8Array | null | undefined }
  'found': { name: string; member: string; device: string; nonce: Uint8Array; publicKey: Uint8Array; identity: Uint8Array; box: Uint8Array }
  'hello': { supports: number; name?: string | null | undefined; takeovers?: number | null | undefined; system?: Uint8Array | null | undefined; asleep?: boolean | null | undefined; takenBy?: Uint8Array | null | undefined; kit?: Uint8Array | null | undefined }
  'invite': { id: Uint8Array; publicKey: Uint8Array; proof: Uint8Array; role: number; expires?: number | null | undefined; uses?: number | null | undefined; approval?: boolean | null | undefined; own?: boolean | null | undefined; commitment?: Uint8Array | null | undefined; answerer?: Uint8Array | null | undefined; seed?: Uint8Array | null | undefined }
  'revoke-invite': { id: Uint8Array }
  'answer': { invite: Uint8Array }
  'admit': { invite: Uint8Array; receipt: Uint8Array }
  'candidate': { publicKey: Uint8Array; identity: Uint8Array; box: Uint8Array; nonce: Uint8Array; name: string; device: string; writerSignature: Uint8Array; identitySignature: Uint8Array }
  'member': { nonce?: Uint8Array | null | undefined; id?: Uint8Array | null | undefined; name?: string | null | undefined; role?: number | null | undefined }
  'delegate': { member: Uint8Array; device: Uint8Array; revoke?: boolean | null | undefined }
  'set-role': { member: Uint8Array; role: number }
  'remove': { member?: Uint8Array | null | undefined; device?: Uint8Array | null | undefined }
  'device': { epoch: Uint8Array; originals: Uint8Array; renditions: Uint8Array; originalsProof: Uint8Array; renditionsProof: Uint8Array; name?: string | null | undefined }
  'sealed': { device: Uint8Array; box: Uint8Array }
  'link': { epoch: Uint8Array; box: Uint8Array }
  'epoch': { commitment: Uint8Array; after?: Uint8Array | null | undefined; sealed?: In['sealed'][] | null | undefined; links?: In['link'][] | null | undefined }
  'photo': { id: Uint8Array; name: string; type: number; size: number; captured: In['captured']; drive: number; original: In['pointer']; preview?: In['pointer'] | null | undefined; thumbnail?: In['pointer'] | null | undefined; width?: number | null | undefined; height?: number | null | undefined; duration?: number | null | undefined; location?: In['location'] | null | undefined; camera?: string | null | undefined; placeholder?: Uint8Array | null | undefined; caption?: string | null | undefined; tags?: string[] | null | undefined; collections?: In['placed'][] | null | undefined; restore?: boolean | null | undefined; related?: Uint8Array[] | null | undefined; damaged?: boolean | null | undefined; mime?: string | null | undefined; live?: Uint8Array | null | undefined; embedded?: In['embedded'] | null | undefined }
  'photos': { photos: In['photo'][] }
  'edit': { ids: Uint8Array[]; fields: number; values: In['values'] }
  'withdraw': { ids: Uint8Array[] }
  'trash': { ids: Uint8Array[] }
  'restore': { ids: Uint8Array[] }
  'purge': { ids: Uint8Array[] }
  'collection': { nonce?: Uint8Array | null | undefined; id?: Uint8Array | null | undefined; name?: string | null | undefined; cover?: Uint8Array | null | undefined; remove?: boolean | null | undefined }
  'collect': { collection: Uint8Array; ids: Uint8Array[]; positions?: string[] | null | undefined; remove?: boolean | null | undefined }
  'comment': { photo?: Uint8Array | null | undefined; nonce?: Uint8Array | null | undefined; id?: Uint8Array | null | undefined; text?: string | null | undefined; remove?: boolean | null | undefined; reply?: Uint8Array | null | undefined }
  'react': { photo: Uint8Array; reaction?: string | null | undefined }
  'favourite': { ids: Uint8Array[]; on?: boolean | null | undefined }
  'hold': { device: Uint8Array; drive: number; renditions?: boolean | null | undefined; ranges?: number[] | null | undefined }
  'promise': { copies: number }
  'release': { nonce: Uint8Array; ids: Uint8Array[]; gone?: boolean | null | undefined }
  'heirs': { devices: Uint8Array[] }
  'hand-over': { reign: number; signer: Uint8Array; device: Uint8Array; publicKey?: Uint8Array | null | undefined; proof?: Uint8Array | null | undefined; system?: Uint8Array | null | undefined }
  'take-over': { reign: number; system: Uint8Array; length: number }
  'raise-version': { version: number }
  'ext': { name: string; data: Uint8Array }
  'rename': { name: string }
  'blind': { key: Uint8Array; name?: string | null | undefined }
  'allow': { list: Uint8Array }
  'album-row': { name: string; version: number; at: number; epoch?: Uint8Array | null | undefined; members?: number | null | undefined; devices?: number | null | undefined; photos?: number | null | undefined; stale?: boolean | null | undefined; promise?: number | null | undefined; heirs?: Uint8Array[] | null | undefined; epochs?: number | null | undefined; indexer?: number | null | undefined; reign?: number | null | undefined; successor?: number | null | undefined; takeovers?: number | null | undefined; rival?: number | null | undefined; displaced?: number | null | undefined; takenBy?: number | null | undefined }
  'member-row': { id: Uint8Array; name: string; role: number; at: number; removed?: boolean | null | undefined; delegates?: number[] | null | undefined }
  'drives': { epoch: Uint8Array; originals: Uint8Array; renditions: Uint8Array }
  'device-row': { writer: Uint8Array; identity: Uint8Array; box: Uint8Array; member: number; name: string; at: number; removed?: boolean | null | undefined; supports?: number | null | undefined; drives?: number | null | undefined; takeovers?: number | null | undefined; system?: Uint8Array | null | undefined; asleep?: boolean | null | undefined; kit?: Uint8Array | null | undefined }
  'invite-row': { publicKey: Uint8Array; role: number; device: number; at: number; expires?: number | null | undefined; uses?: number | null | undefined; used?: number | null | undefined; approval?: boolean | null | undefined; own?: boolean | null | undefined; revoked?: boolean | null | undefined; answerer?: number | null | undefined; ready?: boolean | null | undefined }
  'contribution': { member: number; device: number; drive: number; at: number; original: In['pointer']; preview?: In['pointer'] | null | undefined; thumbnail?: In['pointer'] | null | undefined; withdrawn?: boolean | null | undefined; freed?: boolean | null | undefined }
  'trashed': { by: number; at: number; withdrawn?: boolean | null | undefined }
  'record': { name: string; type: number; size: number; captured: In['captured']; contributions: In['contribution'][]; width?: number | null | undefined; height?: number | null | undefined; duration?: number | null | undefined; location?: In['location'] | null | undefined; camera?: string | null | undefined; placeholder?: Uint8Array | null | undefined; caption?: string | null | undefined; tags?: string[] | null | undefined; favourites?: number[] | null | undefined; collections?: In['placed'][] | null | undefined; related?: Uint8Array[] | null | undefined; trashed?: In['trashed'] | null | undefined; edits?: number | null | undefined; damaged?: boolean | null | undefined; mime?: string | null | undefined; live?: Uint8Array | null | undefined; embedded?: In['embedded'] | null | undefined; half?: In['half'] | null | undefined; still?: Uint8Array | null | undefined }
  'place': { local: number; state: number }
  'purged': { contributions: In['contribution'][]; by: number; at: number; byOwner?: boolean | null | undefined; changes?: number | null | undefined }
  'history-row': { field: number; before: In['values']; after: In['values']; member: number; at: number }
  'collection-row': { name: string; by: number; at: number; count?: number | null | undefined; cover?: Uint8Array | null | undefined }
  'hold-row': { ranges: number[]; at?: number | null | undefined }
  'leave-row': { nonce: Uint8Array; granted?: boolean | null | undefined }
  'blind-row': { name: string; by: number; at: number }
  'comment-row': { member: number; at: number; text: string; reply?: Uint8Array | null | undefined }
  'day-part': { member: number; type: number; count: number }
  'day-row': { count: number; parts?: In['day-part'][] | null | undefined }
  'count': { count: number }
  'reign-row': { device: number; publicKey?: Uint8Array | null | undefined; proof?: Uint8Array | null | undefined; system?: Uint8Array | null | undefined; length?: number | null | undefined; raised?: boolean | null | undefined }
  'ext-row': { device: number; at: number; data: Uint8Array }
  'handing': { reign: number; publicKey: Uint8Array; proof: Uint8Array }
  'admission': { encryptionKey: Uint8Array; epochKey: Uint8Array; identity: Uint8Array; certificate: Uint8Array; certifiedAt: number; invite: Uint8Array; system?: Uint8Array | null | undefined; handings?: In['handing'][] | null | undefined }
  'kit-mirror': { key: Uint8Array; name: string }
  'spare': { primaryKey: Uint8Array; namespace: string; writer: Uint8Array; length: number; admission: In['admission'] }
  'kit': { name: string; device: string; at: number; key: Uint8Array; spares: In['spare'][]; epochKeys: Uint8Array[]; devices: Uint8Array[]; mirrors: In['kit-mirror'][] }
  'pass': { identity: Uint8Array; signature: Uint8Array; issuer?: Uint8Array | null | undefined; certificate?: Uint8Array | null | undefined; certifiedAt?: number | null | undefined; invite?: Uint8Array | null | undefined }
  'certificate': { issuer: Uint8Array; certifiedAt: number; invite: Uint8Array; certificate: Uint8Array }
  'allowed': { final: number; changes: number; owners: Uint8Array[]; others: Uint8Array[] }
  'signed-allowed': { allowed: Uint8Array; issuer: Uint8Array; signature: Uint8Array }
  'blind-code': { secret: Uint8Array; name: string; expires: number; mirror?: Uint8Array | null | undefined }
  'knock': { proof: Uint8Array }
  'knock-answer': { refusal?: string | null | undefined; list?: Uint8Array | null | undefined }
  'blind-state': { final: number; changes: number; bytes: number; full?: boolean | null | undefined }
  'blind-writes': { device: Uint8Array; cores: Uint8Array[] }
  'blind-share': { device: Uint8Array; author?: Uint8Array | null | undefined; log?: boolean | null | undefined; bytes: number }
  'request-row': { invite: Uint8Array; request: Uint8Array; name: string; device: string; at: number }
  'cursor': { length: number; hash: Uint8Array }
}
export interface Out {
  'pointer': { blockOffset: number; blockLength: number; byteOffset: number; byteLength: number }
  'captured': { local: number; source: number; precision: number; offset: number; zone: string | null }
  'location': { latitude: number; longitude: number; altitude: number }
  'embedded': { sha256: Uint8Array; start: number; size: number; type: number }
  'half': { id: Uint8Array; size: number; type: number; by: number[] | null; met: boolean }
  'values': { caption: string | null; tags: string[] | null; captured: Out['captured'] | null }
  'placed': { collection: Uint8Array; position: string }
  'op': { version: number; type: number; at: number; body: Uint8Array; as: Uint8Array | null }
  'found': { name: string; member: string; device: string; nonce: Uint8Array; publicKey: Uint8Array; identity: Uint8Array; box: Uint8Array }
  'hello': { supports: number; name: string | null; takeovers: number; system: Uint8Array | null; asleep: boolean; takenBy: Uint8Array | null; kit: Uint8Array | null }
  'invite': { id: Uint8Array; publicKey: Uint8Array; proof: Uint8Array; role: number; expires: number; uses: number; approval: boolean; own: boolean; commitment: Uint8Array | null; answerer: Uint8Array | null; seed: Uint8Array | null }
  'revoke-invite': { id: Uint8Array }
  'answer': { invite: Uint8Array }
  'admit': { invite: Uint8Array; receipt: Uint8Array }
  'candidate': { publicKey: Uint8Array; identity: Uint8Array; box: Uint8Array; nonce: Uint8Array; name: string; device: string; writerSignature: Uint8Array; identitySignature: Uint8Array }
  'member': { nonce: Uint8Array | null; id: Uint8Array | null; name: string | null; role: number }
  'delegate': { member: Uint8Array; device: Uint8Array; revoke: boolean }
  'set-role': { member: Uint8Array; role: number }
  'remove': { member: Uint8Array | null; device: Uint8Array | null }
  'device': { epoch: Uint8Array; originals: Uint8Array; renditions: Uint8Array; originalsProof: Uint8Array; renditionsProof: Uint8Array; name: string | null }
  'sealed': { device: Uint8Array; box: Uint8Array }
  'link': { epoch: Uint8Array; box: Uint8Array }
  'epoch': { commitment: Uint8Array; after: Uint8Array | null; sealed: Out['sealed'][] | null; links: Out['link'][] | null }
  'photo': { id: Uint8Array; name: string; type: number; size: number; captured: Out['captured']; drive: number; original: Out['pointer']; preview: Out['pointer'] | null; thumbnail: Out['pointer'] | null; width: number; height: number; duration: number; location: Out['location'] | null; camera: string | null; placeholder: Uint8Array | null; caption: string | null; tags: string[] | null; collections: Out['placed'][] | null; restore: boolean; related: Uint8Array[] | null; damaged: boolean; mime: string | null; live: Uint8Array | null; embedded: Out['embedded'] | null }
  'photos': { photos: Out['photo'][] }
  'edit': { ids: Uint8Array[]; fields: number; values: Out['values'] }
  'withdraw': { ids: Uint8Array[] }
  'trash': { ids: Uint8Array[] }
  'restore': { ids: Uint8Array[] }
  'purge': { ids: Uint8Array[] }
  'collection': { nonce: Uint8Array | null; id: Uint8Array | null; name: string | null; cover: Uint8Array | null; remove: boolean }
  'collect': { collection: Uint8Array; ids: Uint8Array[]; positions: string[] | null; remove: boolean }
  'comment': { photo: Uint8Array | null; nonce: Uint8Array | null; id: Uint8Array | null; text: string | null; remove: boolean; reply: Uint8Array | null }
  'react': { photo: Uint8Array; reaction: string | null }
  'favourite': { ids: Uint8Array[]; on: boolean }
  'hold': { device: Uint8Array; drive: number; renditions: boolean; ranges: number[] | null }
  'promise': { copies: number }
  'release': { nonce: Uint8Array; ids: Uint8Array[]; gone: boolean }
  'heirs': { devices: Uint8Array[] }
  'hand-over': { reign: number; signer: Uint8Array; device: Uint8Array; publicKey: Uint8Array | null; proof: Uint8Array | null; system: Uint8Array | null }
  'take-over': { reign: number; system: Uint8Array; length: number }
  'raise-version': { version: number }
  'ext': { name: string; data: Uint8Array }
  'rename': { name: string }
  'blind': { key: Uint8Array; name: string | null }
  'allow': { list: Uint8Array }
  'album-row': { name: string; version: number; at: number; epoch: Uint8Array | null; members: number; devices: number; photos: number; stale: boolean; promise: number; heirs: Uint8Array[] | null; epochs: number; indexer: number; reign: number; successor: number; takeovers: number; rival: number; displaced: number; takenBy: number }
  'member-row': { id: Uint8Array; name: string; role: number; at: number; removed: boolean; delegates: number[] | null }
  'drives': { epoch: Uint8Array; originals: Uint8Array; renditions: Uint8Array }
  'device-row': { writer: Uint8Array; identity: Uint8Array; box: Uint8Array; member: number; name: string; at: number; removed: boolean; supports: number; drives: number; takeovers: number; system: Uint8Array | null; asleep: boolean; kit: Uint8Array | null }
  'invite-row': { publicKey: Uint8Array; role: number; device: number; at: number; expires: number; uses: number; used: number; approval: boolean; own: boolean; revoked: boolean; answerer: number; ready: boolean }
  'contribution': { member: number; device: number; drive: number; at: number; original: Out['pointer']; preview: Out['pointer'] | null; thumbnail: Out['pointer'] | null; withdrawn: boolean; freed: boolean }
  'trashed': { by: number; at: number; withdrawn: boolean }
  'record': { name: string; type: number; size: number; captured: Out['captured']; contributions: Out['contribution'][]; width: number; height: number; duration: number; location: Out['location'] | null; camera: string | null; placeholder: Uint8Array | null; caption: string | null; tags: string[] | null; favourites: number[] | null; collections: Out['placed'][] | null; related: Uint8Array[] | null; trashed: Out['trashed'] | null; edits: number; damaged: boolean; mime: string | null; live: Uint8Array | null; embedded: Out['embedded'] | null; half: Out['half'] | null; still: Uint8Array | null }
  'place': { local: number; state: number }
  'purged': { contributions: Out['contribution'][]; by: number; at: number; byOwner: boolean; changes: number }
  'history-row': { field: number; before: Out['values']; after: Out['values']; member: number; at: number }
  'collection-row': { name: string; by: number; at: number; count: number; cover: Uint8Array | null }
  'hold-row': { ranges: number[]; at: number }
  'leave-row': { nonce: Uint8Array; granted: boolean }
  'blind-row': { name: string; by: number; at: number }
  'comment-row': { member: number; at: number; text: string; reply: Uint8Array | null }
  'day-part': { member: number; type: number; count: number }
  'day-row': { count: number; parts: Out['day-part'][] | null }
  'count': { count: number }
  'reign-row': { device: number; publicKey: Uint8Array | null; proof: Uint8Array | null; system: Uint8Array | null; length: number; raised: boolean }
  'ext-row': { device: number; at: number; data: Uint8Array }
  'handing': { reign: number; publicKey: Uint8Array; proof: Uint8Array }
  'admission': { encryptionKey: Uint8Array; epochKey: Uint8Array; identity: Uint8Array; certificate: Uint8Array; certifiedAt: number; invite: Uint8Array; system: Uint8Array | null; handings: Out['handing'][] | null }
  'kit-mirror': { key: Uint8Array; name: string }
  'spare': { primaryKey: Uint8Array; namespace: string; writer: Uint8Array; length: number; admission: Out['admission'] }
  'kit': { name: string; device: string; at: number; key: Uint8Array; spares: Out['spare'][]; epochKeys: Uint8Array[]; devices: Uint8Array[]; mirrors: Out['kit-mirror'][] }
  'pass': { identity: Uint8Array; signature: Uint8Array; issuer: Uint8Array | null; certificate: Uint8Array | null; certifiedAt: number; invite: Uint8Array | null }
  'certificate': { issuer: Uint8Array; certifiedAt: number; invite: Uint8Array; certificate: Uint8Array }
  'allowed': { final: number; changes: number; owners: Uint8Array[]; others: Uint8Array[] }
  'signed-allowed': { allowed: Uint8Array; issuer: Uint8Array; signature: Uint8Array }
  'blind-code': { secret: Uint8Array; name: string; expires: number; mirror: Uint8Array | null }
  'knock': { proof: Uint8Array }
  'knock-answer': { refusal: string | null; list: Uint8Array | null }
  'blind-state': { final: number; changes: number; bytes: number; full: boolean }
  'blind-writes': { device: Uint8Array; cores: Uint8Array[] }
  'blind-share': { device: Uint8Array; author: Uint8Array | null; log: boolean; bytes: number }
  'request-row': { invite: Uint8Array; request: Uint8Array; name: string; device: string; at: number }
  'cursor': { length: number; hash: Uint8Array }
}
export interface Encoding {
  preencode(state: object, value: unknown): void
  encode(state: object, value: unknown): void
  decode(state: object): unknown
}
export function getStruct(name: string, version?: number): Encoding
