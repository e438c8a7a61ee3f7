import b4a from 'b4a'

/** Bytes as numbers, big-endian unless told. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** Characters of one byte each. */
export function text(view: DataView, start: number, length: number): string {
  return b4a.toString(new Uint8Array(view.buffer, view.byteOffset + start, length), 'latin1')
}
