import Hypercore, { type ProtocolStream } from 'hypercore'

/** A connection between two stores of this process, by its two ends. */
export class Cable {
  readonly near: ProtocolStream = Hypercore.createProtocolStream(true)
  readonly far: ProtocolStream = Hypercore.createProtocolStream(false)

  constructor() {
    this.near.pipe(this.far)
    this.far.pipe(this.near)
  }

  cut(): void {
    this.near.destroy()
    this.far.destroy()
  }
}
