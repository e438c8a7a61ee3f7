import b4a from 'b4a'
import crypto from 'hypercore-crypto'
import { Cast } from './cast.ts'
import { blobsKeyOf, coreKeyOf } from './identity.ts'

/** Which cores are an album's: those that its devices write, and their drives. */
export class Belongings {
  cast: Cast = Cast.empty
  readonly #known = new Set<string>()
  readonly #drives = new Set<string>()

  has(discoveryKey: Uint8Array): boolean {
    const id = b4a.toString(discoveryKey, 'hex')
    if (!this.#known.has(id)) this.#learn()
    return this.#known.has(id)
  }

  #learn(): void {
    const add = (key: Uint8Array): void => {
      this.#known.add(b4a.toString(crypto.discoveryKey(key), 'hex'))
    }
    for (const [number, { writer }] of this.cast.devices) {
      add(writer)
      for (const publicKey of this.cast
        .drivesOf(number)
        .flatMap(({ originals, renditions }) => [originals, renditions])) {
        const id = b4a.toString(publicKey, 'hex')
        if (this.#drives.has(id)) continue
        this.#drives.add(id)
        add(coreKeyOf(publicKey))
        add(blobsKeyOf(publicKey))
      }
    }
  }
}
