/** A file that can be read at any place: on disk, in memory, or made up as it is read. */
export interface RandomAccess {
  /** Bytes. */
  readonly size: number
  /** The bytes from `start` on; fewer than `length` only where the file ends. */
  read(start: number, length: number): Promise<Uint8Array>
}

/** Bytes in memory as a file. */
export function openBytes(bytes: Uint8Array): RandomAccess {
  return {
    size: bytes.byteLength,
    read: async (start, length) => bytes.subarray(start, start + length)
  }
}
