import Autobase from 'autobase'
import b4a from 'b4a'

/**
 * An Autobase (7.28.1) that can be told to take in no more of what others wrote for a while, and then takes in all of
 * it in one pass instead of 64 blocks at a time. Our own appends, look-ups and fast-forwards go on meanwhile.
 */
export class PatientAutobase extends Autobase {
  holding = false
  /** While it takes over a finished index its writers are still where the one before it was. */
  taking = false

  override async _addRemoteHeads(): Promise<number> {
    return this.holding ? 0 : super._addRemoteHeads()
  }

  override async _applyFastForward(): Promise<void> {
    if (this.signedLength === 0 && !(await this.#isFounders())) {
      this.fastForwardTo = null
      this._updateActivity()
      return
    }
    this.taking = true
    try {
      await super._applyFastForward()
    } finally {
      this.taking = false
      this.emit('taken')
    }
  }

  // Autobase takes the index that a joiner was told of without asking who signed it (7.28): whoever admitted the joiner
  // could hand it one of their own making. The indexer is the founder, whose core is the album's key.
  async #isFounders(): Promise<boolean> {
    if (this.fastForwardTo === null) return false
    const [system, founder] = [this.fastForwardTo.key, this.key].map((key) => this.store.get({ key }))
    try {
      const signers = await Promise.all(
        [system, founder].map(async (core) => {
          await core?.ready()
          return core?.manifest?.signers ?? []
        })
      )
      const [theirs, ours] = signers.map((list) =>
        list.map(({ publicKey }) => b4a.toString(publicKey, 'hex'))
      )
      return ours?.length === 1 && theirs?.length === 1 && theirs[0] === ours[0]
    } finally {
      await Promise.all([system?.close(), founder?.close()])
    }
  }

  // What has begun before ends here.
  override async _updateAll(): Promise<unknown> {
    return this.holding ? [] : super._updateAll()
  }

  // Otherwise it asks the others for the indexer's blocks, one by one. Who is being given a finished index would work it
  // out from the first op on meanwhile.
  override _indexersIdle(): boolean {
    return this.holding || (this.signedLength === 0 && this.isFastForwarding())
  }
}
