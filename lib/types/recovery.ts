import type { OpenOptions } from './opening.ts'
import type { Author, Removal } from './people.ts'
import type { Wait } from './waiting.ts'

/** How long to wait for a recovery kit: 60 s unless told. */
export interface RecoveryKitOptions extends Wait {
  /** Puts the file where it stays; where that fails, the kit's devices are taken back. */
  save?: (bytes: Uint8Array) => Promise<void>
}

/** A recovery kit that was made. */
export interface RecoveryKit {
  /** The file: a text, sealed with the passphrase. */
  bytes: Uint8Array
  /** By which `recovery.list` and `recovery.remove` know it. */
  id: string
  /** What its devices are called. */
  name: string
  /** How often it brings the album back. */
  uses: number
  /** Whether the album has it for good. Until then the kit may not be able to go on with the album, only to show it. */
  final: boolean
  /** The album's blind mirrors, and whether each will let the kit in and has all that this device wrote. */
  mirrors: { name: string; ready: boolean }[]
}

/** A recovery kit that there is. */
export interface RecoveryKitDevice {
  id: string
  /** What its devices are called. */
  name: string
  /** The owner whose it is. */
  by: Author
  /** ISO 8601. */
  madeAt: string
  /** How often it still brings the album back. */
  uses: number
}

/** How long to wait for what others have: 60 s unless told. */
export interface TakeOverOptions extends Wait {
  /** Whether to take over all the same where a blind mirror cannot be reached, or not all that others have is here. */
  evenIfBehind?: boolean
}

/** `album.recovery`: for when every device is lost. See also `Album.recover`. */
export interface Recovery {
  /**
   * Makes a file that, with its passphrase and any device or blind mirror which has the album's bytes, brings it back. It
   * is devices of this member that nobody uses until then, so that it reads what is added later, too: one for each time that
   * it is used. Best made while the device that signs the index and the blind mirrors are online. For owners; throws
   * `FORBIDDEN`, `BAD_ARGUMENT` for a passphrase of less than 12 characters, `TIMEOUT`, `ABORTED`, and what `save` throws:
   * no device is left of it then.
   */
  createKit(passphrase: string, options?: RecoveryKitOptions): Promise<RecoveryKit>
  /** The kits that were made and not used up. */
  list(): Promise<RecoveryKitDevice[]>
  /** Makes a kit worthless that was lost, by its id. Devices that it has become already stay. Throws `NOT_FOUND`, `FORBIDDEN`. */
  remove(id: string, wait?: Wait): Promise<Removal>
  /**
   * This owner's device names itself the only heir and takes over the index, so that what it does becomes final: where no
   * other device will ever come back. Waits before that until all is here that blind mirrors have. Throws `FORBIDDEN` where
   * a device is online, or the album did not know this one yet when the index was signed last; `TIMEOUT` where something is
   * lacking, which it says, or a blind mirror cannot be reached.
   */
  takeOver(options?: TakeOverOptions): Promise<{ final: boolean }>
}

export interface RecoverOptions extends OpenOptions, Wait {
  /** Blind mirrors that the kit may not know of, since they were set up later: their keys, hex. */
  mirrors?: readonly string[]
  /** Whether the album is only to be looked at, and photos saved: the kit is not used by that, and may be used up. */
  readOnly?: boolean
  /** Called about every second while the album is looked for. */
  onprogress?: (progress: RecoveryProgress) => void
}

/** How the search for the album of a recovery kit goes. */
export interface RecoveryProgress {
  /** Names of the blind mirrors that are connected, and of those that are not. */
  mirrors: string[]
  away: string[]
  /** Names of the devices that are connected; empty while it is not known. */
  devices: string[]
  /** Photos of which it has heard. */
  photos: number
}
