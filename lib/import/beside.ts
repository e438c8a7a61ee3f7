import fs from 'node:fs'
import path from 'node:path'
import { MAX_SIDECAR_BYTES, type Sidecar, readSidecar } from '../media/facts/sidecars.ts'
import { type Folder, type Found } from './scan.ts'
import { NameIndex, sidecarsFor, titleFits } from './sidecars.ts'

/** A sidecar of a photo: its bytes, for `add`, and what they say. */
export interface Beside {
  bytes: Uint8Array
  says: Sidecar
}

/** Reads what lies beside photos. Of a folder the names are laid out once, while photos of it come one after another. */
export class Sidecars {
  readonly #root: string
  #folder: Folder | null = null
  #names: NameIndex = new NameIndex([])

  constructor(root: string) {
    this.#root = root
  }

  /** The best sidecar of a photo; null where there is none that can be read. */
  async of({ folder, name }: Found): Promise<Beside | null> {
    if (this.#folder !== folder) {
      this.#folder = folder
      this.#names = new NameIndex(folder.names)
    }
    const { xmp, takeout } = sidecarsFor(name, this.#names)
    for (const candidate of [...xmp, ...takeout]) {
      const found = await read(path.join(this.#root, folder.path, candidate))
      if (found === null) continue
      const { kind, title } = found.says
      // Cut names may be those of several.
      if (kind === 'takeout' && title !== null && !titleFits(title, name)) continue
      return found
    }
    return null
  }
}

async function read(file: string): Promise<Beside | null> {
  try {
    const stat = await fs.promises.stat(file)
    if (!stat.isFile() || stat.size > MAX_SIDECAR_BYTES) return null
    const bytes = new Uint8Array(await fs.promises.readFile(file))
    const says = readSidecar(bytes)
    return says && { bytes, says }
  } catch {
    // A photo is added all the same.
    return null
  }
}
