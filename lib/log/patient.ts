import Autobase from 'autobase'
import b4a from 'b4a'
import FastForward from 'autobase/lib/fast-forward.js'

// Milliseconds that it waits to hear who signs a core.
const MANIFEST_TIMEOUT = 5000

/** Why a base closes on its way to another index: opened again, it is there. */
export class Moved extends Error {}

/**
 * An Autobase (7.28.1) that can be told to take in no more of what others wrote for a while, and then takes in all of
 * it in one pass instead of 64 blocks at a time. Our own appends, look-ups and fast-forwards go on meanwhile.
 */
export class PatientAutobase extends Autobase {
  holding = false
  #leaving = false
  /** While it takes over a finished index its writers are still where the one before it was. */
  taking = false
  /** Whether a finished index that this signer (a public key) signed is taken over by who has none. */
  maySign: (signer: Uint8Array) => boolean = () => false

  override async _addRemoteHeads(): Promise<number> {
    return this.holding ? 0 : super._addRemoteHeads()
  }

  override async _applyFastForward(): Promise<void> {
    if (this.signedLength === 0 && !(await this.#isRightful())) {
      this.fastForwardTo = null
      this._updateActivity()
      return
    }
    this.taking = true
    const { key, force } = this.fastForwardTo ?? { key: null, force: false }
    this.#leaving = force && key !== null && !b4a.equals(key, this.core.key)
    try {
      await super._applyFastForward()
    } finally {
      this.#leaving = false
      this.taking = false
      this.emit('taken')
    }
  }

  // The disk has the other index by now. In memory Autobase goes on with what it remembers of the one that it left: its keys
  // (7.28), and its blocks (hypercore 11.37: a session that moves to a shorter core goes on reading the core that it comes
  // from). Where both can be read nothing fails, and what follows is worked out from a mixture of the two, for good.
  override async _moveTo(): Promise<void> {
    if (!this.#leaving) return super._moveTo()
    for (const view of this._viewStore.byName.values()) {
      for (const core of view.moveTo ?? []) await core.close()
      view.moveTo = null
    }
    throw new Moved('The log moves to another index')
  }

  // Autobase takes the index that a joiner was told of without asking who signed it (7.28): whoever admitted the joiner
  // could hand it one of their own making.
  async #isRightful(): Promise<boolean> {
    return this.fastForwardTo !== null && this.#isSignedBy(this.fastForwardTo.key, this.maySign)
  }

  async #isSignedBy(system: Uint8Array, isRight: (signer: Uint8Array) => boolean): Promise<boolean> {
    const core = this.store.get({ key: system, active: true })
    try {
      await core.ready()
      // Its signers are told by who has it.
      if (core.manifest === null) await core.get(0, { timeout: MANIFEST_TIMEOUT }).catch(() => null)
      const [signer, ...others] = core.manifest?.signers ?? []
      return signer !== undefined && others.length === 0 && isRight(signer.publicKey)
    } finally {
      await core.close()
    }
  }

  // Autobase (7.28) takes it that everybody knows who signs the index, and does not say that the signer has written
  // something: who was away when an heir took over, or joins after it, would never ask.
  override _getWakeup(): { key: Uint8Array; length: number }[] {
    const written = super._getWakeup()
    for (const { isActiveIndexer, core, length } of this.activeWriters) {
      if (isActiveIndexer && length > 0) written.push({ key: core.key, length })
    }
    return written
  }

  // After a fork Autobase (7.28) opens again by the system core that it left; killed before it writes next, it would never
  // open any more.
  override async _reboot(key: Uint8Array): Promise<void> {
    const state = this._applyState
    const next = state?.pendingFork ? state.systemRef.getNextKey() : null
    return super._reboot(next ?? key)
  }

  /**
   * Moves to another index than it has, where its signer is the right one: it closes for that (`Moved`). Ends where nobody
   * gives it. Autobase (7.28) has this for its own repairs only.
   */
  async moveTo(system: Uint8Array, isRight: (signer: Uint8Array) => boolean): Promise<void> {
    if (!(await this.#isSignedBy(system, isRight))) return
    await this._runFastForward(new FastForward(this, system, { verified: false, force: true }))
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
