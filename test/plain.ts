// Albums without an engine: most tests are not about what photos show, and processes that decode take their time.
import { Album as Real } from '../index.ts'
import type { CreateOptions, JoinOptions, OpenOptions, RecoverOptions } from '../index.ts'

type Where = Parameters<typeof Real.open>[0]

export type Album = Real

export const Album = {
  create: (where: Where, options: CreateOptions): Promise<Real> =>
    Real.create(where, { media: null, ...options }),
  open: (where: Where, options: OpenOptions = {}): Promise<Real> =>
    Real.open(where, { media: null, ...options }),
  join: (where: Where, code: string, options: JoinOptions): Promise<Real> =>
    Real.join(where, code, { media: null, ...options }),
  recover: (
    folder: string,
    kit: Uint8Array,
    passphrase: string,
    options: RecoverOptions = {}
  ): Promise<Real> => Real.recover(folder, kit, passphrase, { media: null, ...options })
}
