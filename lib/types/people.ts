/** What a member may do. An owner may do everything; a `mirror` is a device that keeps copies. */
export type Role = 'owner' | 'contributor' | 'viewer' | 'mirror'

/** A person, as shown beside a photo. */
export interface Author {
  id: string
  name: string
}

export interface Member {
  id: string
  name: string
  role: Role
  /** Whether it is the member asking. */
  me: boolean
  devices: Device[]
  /** ISO 8601. */
  joinedAt: string
  /** Set when the member was removed or left. */
  removed: boolean
}

export interface Device {
  id: string
  name: string
  memberId: string
  /** Whether it is this device. */
  me: boolean
  removed: boolean
}

/** What a removal resolves to: whether it can never be reordered any more. */
export interface Removal {
  final: boolean
}
