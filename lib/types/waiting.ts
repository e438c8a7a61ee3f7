/** The part of `AbortSignal` that is used. */
export interface Signal {
  readonly aborted: boolean
  readonly reason?: unknown
  addEventListener(type: 'abort', listener: () => void): void
  removeEventListener(type: 'abort', listener: () => void): void
}

/** Every operation that waits takes these. */
export interface Wait {
  /** Ends the wait with `ABORTED`. */
  signal?: Signal
  /** Ends the wait with `TIMEOUT` after so many milliseconds. */
  timeout?: number
}

/** How far an `addAll`, a `download` or what runs in the background has come. */
export interface Progress {
  /** Files done. */
  files: number
  /** Bytes done. */
  bytes: number
  /** Files in all, where known. */
  total: number | null
  /** Whether it is what this device fetches by itself. */
  background?: boolean
}
