// What the portal and its page say to each other: types only, for both sides. Everything is JSON unless told, under the
// same origin, with the cookie of a session. A write carries the header `x-hyperalbum: 1`.
import type {
  Author,
  CapturedAt,
  Collection,
  Copy,
  HistoryEntry,
  Invite,
  JoinRequest,
  KnownStatus,
  Member,
  Photo,
  Place,
  Role,
  Status
} from '../types.ts'

/** Named by every write: a form of another site cannot send it. */
export type WriteHeader = 'x-hyperalbum'

/** The body of every answer that is not 2xx. */
export interface ApiError {
  error: {
    /**
     * A code of `AlbumError`, or the portal's own: `NO_SESSION` (401), `WRONG_ORIGIN` (403), `TOO_MANY_REQUESTS` (429,
     * with Retry-After), `TOO_LARGE` (413), `TOO_MANY_UPLOADS` (429). 429 goes better after a while.
     */
    code: string
    message: string
    /** Who holds a photo that cannot be had now (503, with Retry-After). */
    holders?: string[]
  }
}

/** `POST /api/session` → 204 and the cookie; `DELETE /api/session` → 204. */
export interface SessionRequest {
  /** What stands behind `#join=` in a link. */
  secret: string
}

/** `GET /api/me` */
export interface Me {
  album: { id: string; name: string }
  member: { id: string; name: string; role: Role }
  device: { name: string }
  can: {
    /** Adding, editing, collections. */
    contribute: boolean
    /** Members, invites, links of others. */
    manage: boolean
    /** Whether this visitor is the member whose device the portal runs on: links for oneself, further devices. */
    host: boolean
  }
  limits: {
    /** The largest file that is taken. */
    uploadBytes: number
    /** Uploads that may be unfinished at a time. */
    uploads: number
    /** Hashes, or ids, in one request. */
    ids: number
  }
}

/** `GET /api/timeline`, with the conditions of `PhotoFilter` but the dates: newest first. */
export interface Timeline {
  days: [day: string, count: number][]
}

/** What the query of `/api/timeline` and `/api/photos` may hold. */
export interface PhotoFilter {
  /** `YYYY-MM-DD` or longer, wall time; `from` inclusive, `to` exclusive. */
  from?: string
  to?: string
  member?: string
  tag?: string
  collection?: string
  favourite?: '1'
  trashed?: '1'
  /** A MIME type, or `image` or `video`. */
  type?: string
}

/** The query of `GET /api/photos`; `GET /api/collections/:id/photos` takes `after` and `limit`. */
export interface PhotoPageQuery extends PhotoFilter {
  /** `next` of the page before. */
  after?: string
  /** 100 unless told, 500 at most. */
  limit?: string
}

/** `GET /api/photos`: newest first. */
export interface PhotoPage {
  cells: Cell[]
  /** Give it as `after` to go on; null where this was the last page. */
  next: string | null
}

/** What a timeline shows of a photo. */
export interface Cell {
  id: string
  type: 'image' | 'video'
  /** Pixels as seen; null where not known. */
  width: number | null
  height: number | null
  /** Seconds. */
  duration: number | null
  /** A thumbhash in base64. */
  placeholder: string | null
  /** Wall time, `YYYY-MM-DDTHH:mm:ss.sss`. */
  local: string
  /** Whether there is something at `/photo/:id/motion`. */
  live: boolean
  favourite: boolean
  /** False where there is surely no picture; where it is true, `/photo/:id/thumbnail` may still be 404 (a video). */
  thumbnail: boolean
  by: Author
  name: string
  caption: string
}

/** A photo as JSON can carry it. */
export type PhotoJson = Omit<Photo, 'placeholder'> & { placeholder: string | null }

/** `GET /api/photos/:id` */
export interface PhotoDetails {
  photo: PhotoJson
  history: HistoryEntry[]
  copies: Copy[]
  can: { edit: boolean; trash: boolean; restore: boolean; purge: boolean }
}

/** `PATCH /api/photos` → `PhotoResults` */
export interface EditRequest {
  ids: string[]
  patch: {
    caption?: string
    tags?: string[]
    /** Wall time, or the parts of it. */
    capturedAt?: string | (Pick<CapturedAt, 'local'> & Partial<CapturedAt>)
    favourite?: boolean
  }
}

/** `POST /api/photos/trash`, `/restore`, `/purge` → `PhotoResults` */
export interface IdsRequest {
  ids: string[]
}

/** What became of each. */
export interface PhotoResults {
  results: {
    id: string
    status: 'done' | 'failed'
    cell: Cell | null
    /** Whether it is in the trash by now: what others added, too, stays in the album. */
    trashed: boolean
    error: ApiError['error'] | null
  }[]
}

/** `GET /api/collections` */
export interface CollectionList {
  collections: Collection[]
}

/** `POST /api/collections` → `Collection`, `PATCH /api/collections/:id` → `Collection`; `DELETE` → 204 */
export interface CollectionRequest {
  name?: string
  /** Id of a photo. */
  cover?: string
}

/** `POST /api/collections/:id/photos` → `PhotoResults`, in this order. */
export interface CollectRequest {
  add?: string[]
  remove?: string[]
  move?: { ids: string[] } & Place
}

/** `GET /api/members` */
export interface MemberList {
  members: (Member & {
    /** The member of this session. */
    you: boolean
    /** Links that let this member in here; owners see it, others of themselves. */
    links: number
    /** What the visitor may do with this member. */
    can: { rename: boolean; setRole: boolean; remove: boolean; link: boolean }
  })[]
}

/** `POST /api/members` → `Member`: a person without a device. */
export interface MemberRequest {
  name: string
  role?: 'contributor' | 'viewer'
}

/** `PATCH /api/members/:id` → `Member`; `DELETE` → `Removal` */
export interface MemberPatch {
  name?: string
  role?: Exclude<Role, 'mirror'>
}

/** `GET /api/invites`: owners. */
export interface InviteList {
  invites: Invite[]
}

/** `POST /api/invites` → `Invite`; `DELETE /api/invites/:id` → `Invite`. `POST /api/devices/link` {} → `Invite`. */
export interface InviteRequest {
  role?: Exclude<Role, 'mirror'>
  /** Milliseconds from now; 0 for never. */
  expires?: number
  uses?: number
  approval?: boolean
  /** Id of another device that answers it in place of the portal's. */
  answeredBy?: string
}

/** `GET /api/requests`: who waits for an approval; `POST /api/requests/:id/approve`, `/deny` → 204 */
export interface RequestList {
  requests: JoinRequest[]
}

/** A link that lets somebody into this portal, in a member's name. */
export interface Link {
  id: string
  member: Author
  /** Who made it: a member; null where it was made at the device itself (`hyperalbum serve`). */
  by: Author | null
  createdAt: string
  /** ISO 8601, or null. After it nobody comes in with it any more; who is in stays in. */
  expiresAt: string | null
  /** How many may come in with it; 0 for any number. */
  uses: number
  used: number
  revoked: boolean
  sessions: LinkSession[]
}

/** Somebody who is in by a link. */
export interface LinkSession {
  id: string
  createdAt: string
  /** To the minute or so. */
  lastSeenAt: string
  /** Whether it is the session asking. */
  you: boolean
}

/** `GET /api/links`: owners see all, others those for themselves. */
export interface LinkList {
  links: Link[]
}

/** `POST /api/links` → `LinkMade`; `DELETE /api/links/:id` → 204: its sessions end, too. */
export interface LinkRequest {
  memberId: string
  /** 1 unless told; 0 for any number. */
  uses?: number
  /** Milliseconds from now; seven days unless told, 0 for never. */
  expires?: number
}

/** The only time that the secret is told. */
export interface LinkMade {
  link: Link
  secret: string
  /** Whole links, one for each address under which this portal is reached; the first is the best to share. */
  urls: string[]
}

/** `GET /api/status` */
export interface PortalStatus {
  album: Status
  /** The disk of this device; null where it does not say. Owners and the device's member see it. */
  storage: { free: number; total: number } | null
  device: { name: string }
  /** How many devices are to hold each original. */
  promised: number
  /** The device that makes changes final. */
  signer: { device: string; member: string; online: boolean; waitingSince: string | null }
}

/**
 * `GET /api/health`: photos that fewer devices hold than are promised, counted when it is asked; it may be some seconds old,
 * in a large album minutes.
 */
export interface PortalHealth {
  /** How many devices are to hold each original. */
  promised: number
  lacking: number
  /** Those of them that are on one device only, or on none. */
  single: number
}

/** `POST /api/promise` → 204: owners. */
export interface PromiseRequest {
  copies: number
}

/** `POST /api/known` */
export interface KnownRequest {
  /** SHA-256 in hex. */
  hashes: string[]
}

/** In the same order. */
export interface Known {
  statuses: KnownStatus[]
}

/**
 * `/api/uploads`: tus 1.0.0 with creation, creation-with-upload, expiration, termination. Upload-Metadata: `filename`,
 * `lastModified` (milliseconds), `sha256` (hex, checked), `collection` (id). Where the last byte has come the album
 * adds the file, and the answer carries `X-Hyperalbum-Result` (`added`, `duplicate`, `trashed`, `failed:CODE`) and
 * `X-Hyperalbum-Photo` (id). Where it cannot now (503, with Retry-After) the bytes stay, and it tries again by itself.
 * `GET /api/uploads/:id/result` tells it again, for 24 hours.
 */
export interface UploadResult {
  /** `pending` while bytes are lacking or the album is adding. */
  status: 'pending' | 'added' | 'duplicate' | 'trashed' | 'failed'
  /** Id of the photo, or null. */
  photo: string | null
  error: ApiError['error'] | null
}

/**
 * `GET /api/events`: Server-Sent Events. The id of `changes`, `reset` and the first `hello` is a cursor: `Last-Event-ID`
 * (or `?since=`) goes on after it.
 */
export interface PortalEvents {
  /** First of all: the stream is open. */
  hello: Record<string, never>
  /** Photos that changed. */
  changes: { changes: { type: 'added' | 'changed' | 'trashed' | 'removed'; id: string; cell: Cell | null }[] }
  /** Read everything anew. */
  reset: Record<string, never>
  /** Collections were made, renamed or deleted through this portal; what others do is seen with the next `changes`. */
  collections: Record<string, never>
  /** The list of members may have changed. */
  members: Record<string, never>
  /** Devices came or went. */
  peers: Record<string, never>
  /** Somebody asks to join (at the portal of one's own device). */
  requests: Record<string, never>
  /** Somebody came in by a link, or is out (at the portal of one's own device). */
  links: Record<string, never>
  /** Nothing happened for 20 s: who hears nothing for longer is not connected any more. */
  still: Record<string, never>
  /** The session ended: sign in anew. */
  end: Record<string, never>
}

/**
 * `/photo/:id/:variant`; `original` takes `?download=1` (as an attachment) and `?strip=1`. With `?soon=1` it is looked for
 * 2 seconds and not for 8 where nobody who is there has it.
 */
export type PhotoVariant = 'thumbnail' | 'preview' | 'original' | 'motion'
