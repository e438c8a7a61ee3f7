import b4a from 'b4a'
import type Hyperbee from 'hyperbee'
import type { BeeNode, BeeRange } from 'hyperbee'
import { type Out, decode } from '../schema/codec.ts'
import type { Author as Person } from '../types.ts'
import { parse, range } from './keys.ts'
import type { AlbumRow, DeviceRow, Drives, InviteRow, MemberRow } from './rows.ts'
import { Rows } from './rows.ts'
import { type Author, OWNER } from './rules.ts'

const NOBODY: AlbumRow = {
  name: '',
  version: 0,
  at: 0,
  epoch: null,
  members: 0,
  devices: 0,
  photos: 0,
  stale: false,
  promise: 0,
  epochs: 0,
  heirs: null,
  indexer: 0,
  reign: 0,
  successor: 0,
  takeovers: 0,
  rival: 0,
  displaced: 0,
  takenBy: 0
}

/** Who is who at one state of the view: the album, its members, devices and collections. Few rows, read together. */
export class Cast {
  readonly album: AlbumRow
  readonly members: ReadonlyMap<number, MemberRow>
  readonly devices: ReadonlyMap<number, DeviceRow>
  readonly #drives: ReadonlyMap<number, Drives[]>
  /** Ids of the collections there are, hex. */
  readonly collections: ReadonlySet<string>
  /** Blind mirrors by their keys, hex. */
  readonly blinds: ReadonlyMap<string, Out['blind-row']>
  /** Lists of whom those let in, as devices signed them. */
  readonly allowed: readonly Uint8Array[]
  // Every photo names a person and a device: their texts are made once.
  readonly #people = new Map<number, Person>()
  readonly #machines = new Map<number, { id: string; name: string }>()

  private constructor(
    album: AlbumRow,
    members: Map<number, MemberRow>,
    devices: Map<number, DeviceRow>,
    drives: Map<number, Drives[]>,
    collections: Set<string>,
    blinds: Map<string, Out['blind-row']>,
    allowed: Uint8Array[]
  ) {
    this.album = album
    this.members = members
    this.devices = devices
    this.#drives = drives
    this.collections = collections
    this.blinds = blinds
    this.allowed = allowed
  }

  static readonly empty: Cast = new Cast(NOBODY, new Map(), new Map(), new Map(), new Set(), new Map(), [])

  static async read(bee: Hyperbee): Promise<Cast> {
    // Together: where the album has just been opened, each comes from the disk.
    const [album, members, devices, drives, collections, blinds, allowed] = await Promise.all([
      new Rows(bee).album(),
      rowsIn(bee, range.members()),
      rowsIn(bee, range.devices()),
      rowsIn(bee, range.drives()),
      rowsIn(bee, range.collections()),
      rowsIn(bee, range.blinds()),
      rowsIn(bee, range.allowed())
    ])
    if (album === null) return Cast.empty
    // In the order of their numbers, which begin at 1.
    const pairs = new Map<number, Drives[]>()
    for (const { key, value } of drives) {
      const { device } = parse.drives(key)
      const own = pairs.get(device) ?? []
      own.push(decode('drives', value))
      pairs.set(device, own)
    }
    return new Cast(
      album,
      new Map(members.map(({ key, value }) => [parse.number(key), decode('member-row', value)])),
      new Map(devices.map(({ key, value }) => [parse.number(key), decode('device-row', value)])),
      pairs,
      new Set(collections.map(({ key }) => b4a.toString(parse.id(key), 'hex'))),
      new Map(
        blinds.map(({ key, value }) => [b4a.toString(parse.id(key), 'hex'), decode('blind-row', value)])
      ),
      allowed.map(({ value }) => value)
    )
  }

  /** Whether the album is known at all: a joiner's is not until its first blocks arrive. */
  get founded(): boolean {
    return this.album.version > 0
  }

  /** The device that took over the index last, by its writer core. */
  get takenBy(): Uint8Array | null {
    return this.devices.get(this.album.takenBy)?.writer ?? null
  }

  /** A device's pairs of drives, in the order of their numbers: the first has number 1. */
  drivesOf(device: number): readonly Drives[] {
    return this.#drives.get(device) ?? []
  }

  device(matches: (row: DeviceRow) => boolean): { number: number; row: DeviceRow } | null {
    for (const [number, row] of this.devices) if (matches(row)) return { number, row }
    return null
  }

  deviceByWriter(writer: Uint8Array): { number: number; row: DeviceRow } | null {
    return this.device((row) => b4a.equals(row.writer, writer))
  }

  deviceByIdentity(identity: Uint8Array): { number: number; row: DeviceRow } | null {
    return this.device((row) => b4a.equals(row.identity, identity))
  }

  /** Whether a device, by its number, is in the album. */
  isCurrent(device: number): boolean {
    const row = this.devices.get(device)
    return row !== undefined && !row.removed && this.members.get(row.member)?.removed === false
  }

  /** Whether whoever made an invite still may invite: for a further device of their own, or as an owner. */
  backs(invite: Pick<InviteRow, 'device' | 'own'>): boolean {
    const member = this.devices.get(invite.device)?.member ?? 0
    return this.isCurrent(invite.device) && (invite.own || this.members.get(member)?.role === OWNER)
  }

  memberById(id: string): { number: number; row: MemberRow } | null {
    for (const [number, row] of this.members) if (b4a.toString(row.id, 'hex') === id) return { number, row }
    return null
  }

  /** The member whose device writes this core, as the reducer sees it; null where removed or not admitted yet. */
  author(writer: Uint8Array): Author | null {
    const device = this.deviceByWriter(writer)
    const memberRow = device && this.members.get(device.row.member)
    if (!device || device.row.removed || !memberRow || memberRow.removed) return null
    return {
      device: device.number,
      deviceRow: device.row,
      member: device.row.member,
      memberRow,
      delegated: false
    }
  }

  /** A member as photos name it, by its number. */
  person(number: number): Person {
    const known = this.#people.get(number)
    if (known) return { ...known }
    const row = this.members.get(number)
    const person = { id: row ? b4a.toString(row.id, 'hex') : '', name: row?.name ?? '' }
    this.#people.set(number, person)
    return { ...person }
  }

  /** A device as photos name it, by its number. */
  machine(number: number): { id: string; name: string } {
    const known = this.#machines.get(number)
    if (known) return { ...known }
    const row = this.devices.get(number)
    const machine = { id: row ? b4a.toString(row.writer, 'hex') : '', name: row?.name ?? '' }
    this.#machines.set(number, machine)
    return { ...machine }
  }
}

async function rowsIn(bee: Hyperbee, rows: BeeRange): Promise<BeeNode[]> {
  const found: BeeNode[] = []
  for await (const row of bee.createReadStream(rows)) found.push(row)
  return found
}
