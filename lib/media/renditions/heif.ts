import fs from 'node:fs'
import { createRequire } from 'node:module'
import { boxesIn } from '../boxes.ts'
import type { RandomAccess } from '../file.ts'
import type { Pixels } from './pixels.ts'

// The numbers of libheif 1.23, heif_image.h and heif_color.h.
const COLORSPACE_RGB = 1
const CHROMA_RGB = 10
const CHROMA_RGBA = 11
const CHANNEL_INTERLEAVED = 10
const PRIMARIES_P3 = 12

// Colour profiles of phones have some 500 bytes, those of printers a few megabytes.
const MOST_PROFILE_BYTES = 4 * 1024 * 1024
// `heif_error`, which is returned through a pointer: code, subcode, message.
const ERROR_BYTES = 12

/**
 * Pixels that this decodes at most: libheif takes 3.4 bytes for each (measured with 1.23.2), and a child may have 600 MB.
 * Phones make 12 to 50 megapixels.
 */
export const MOST_HEIF_PIXELS = 8e7

/** The members of libheif-js 1.23.2 (emscripten, C API) that are called here; pointers are numbers. */
interface Libheif {
  HEAPU8: Uint8Array
  _malloc(bytes: number): number
  _free(pointer: number): void
  _heif_context_alloc(): number
  _heif_context_free(context: number): void
  _heif_context_set_maximum_image_size_limit(context: number, width: number): void
  _heif_context_read_from_memory_without_copy(
    error: number,
    context: number,
    bytes: number,
    size: number,
    options: number
  ): void
  _heif_context_get_primary_image_handle(error: number, context: number, handle: number): void
  _heif_image_handle_get_width(handle: number): number
  _heif_image_handle_get_height(handle: number): number
  _heif_image_handle_has_alpha_channel(handle: number): number
  _heif_image_handle_get_raw_color_profile_size(handle: number): number
  _heif_image_handle_get_raw_color_profile(error: number, handle: number, out: number): void
  _heif_image_handle_get_nclx_color_profile(error: number, handle: number, out: number): void
  _heif_nclx_color_profile_free(profile: number): void
  _heif_image_handle_release(handle: number): void
  _heif_decode_image(
    error: number,
    handle: number,
    image: number,
    colorspace: number,
    chroma: number,
    options: number
  ): void
  _heif_image_get_width(image: number, channel: number): number
  _heif_image_get_height(image: number, channel: number): number
  _heif_image_get_plane_readonly(image: number, channel: number, stride: number): number
  _heif_image_get_decoding_warnings(image: number, first: number, out: number, most: number): number
  _heif_image_release(image: number): void
}

/** A decoded HEIC. */
export interface HeifPicture {
  /** As it is seen: libheif has applied rotation and mirroring. Valid until `use` has ended. */
  pixels: Pixels
  /** The profile of these pixels: ICC bytes, Display P3 by name, or null for sRGB. */
  profile: Uint8Array | 'p3' | null
  /** The file is shorter than it says, or a tile of it could not be decoded. */
  damaged: boolean
}

let loaded: Libheif | null = null

// Loaded when it is needed: most photos are none.
function libheif(): Libheif {
  if (loaded) return loaded
  const require = createRequire(import.meta.url)
  const load = require('libheif-js/libheif-wasm/libheif.js') as (options: object) => Libheif
  const wasmBinary = fs.readFileSync(require.resolve('libheif-js/libheif-wasm/libheif.wasm'))
  // What it prints about broken files is no concern of anybody's.
  loaded = load({ wasmBinary, print() {}, printErr() {} })
  return loaded
}

/**
 * Decodes the primary image of a HEIC, single or a grid of tiles, and hands it to `use`, without a copy of its pixels: a
 * large one would have none to spare.
 */
export async function withHeif<T>(file: RandomAccess, use: (picture: HeifPicture) => Promise<T>): Promise<T> {
  const lib = libheif()
  const bytes = await file.read(0, file.size)
  // libheif shows one that was cut short, with whatever is missing grey or black.
  const { damaged: cut } = await boxesIn(file, 0, file.size)
  const releases: (() => void)[] = []
  const room = (size: number): number => {
    const pointer = lib._malloc(size)
    if (pointer === 0) throw new Error('No memory for a HEIC')
    releases.push(() => lib._free(pointer))
    return pointer
  }
  const error = room(ERROR_BYTES)
  const out = room(8)
  const number = (pointer: number): number => {
    const { buffer, byteOffset } = lib.HEAPU8
    return new DataView(buffer, byteOffset).getUint32(pointer, true)
  }
  const failure = (): string | null => (number(error) === 0 ? null : textAt(lib, number(error + 8)))
  const check = (): void => {
    const message = failure()
    if (message !== null) throw new Error(message)
  }
  try {
    const copy = room(bytes.byteLength)
    lib.HEAPU8.set(bytes, copy)
    const context = lib._heif_context_alloc()
    releases.push(() => lib._heif_context_free(context))
    lib._heif_context_set_maximum_image_size_limit(context, Math.floor(Math.sqrt(MOST_HEIF_PIXELS)))
    lib._heif_context_read_from_memory_without_copy(error, context, copy, bytes.byteLength, 0)
    check()
    lib._heif_context_get_primary_image_handle(error, context, out)
    check()
    const handle = number(out)
    releases.push(() => lib._heif_image_handle_release(handle))
    const size = lib._heif_image_handle_get_width(handle) * lib._heif_image_handle_get_height(handle)
    if (size > MOST_HEIF_PIXELS) throw new Error(`A HEIC of ${size} pixels is too large`)
    const alpha = lib._heif_image_handle_has_alpha_channel(handle) !== 0
    lib._heif_decode_image(error, handle, out, COLORSPACE_RGB, alpha ? CHROMA_RGBA : CHROMA_RGB, 0)
    check()
    const image = number(out)
    releases.push(() => lib._heif_image_release(image))
    const warned = lib._heif_image_get_decoding_warnings(image, 0, 0, 0) > 0
    const profile = profileOf(lib, handle, { room, number, failure, error })
    const width = lib._heif_image_get_width(image, CHANNEL_INTERLEAVED)
    const height = lib._heif_image_get_height(image, CHANNEL_INTERLEAVED)
    const plane = lib._heif_image_get_plane_readonly(image, CHANNEL_INTERLEAVED, out)
    const stride = number(out)
    if (plane === 0) throw new Error('A HEIC without pixels')
    const channels = alpha ? 4 : 3
    const data = packed(lib.HEAPU8, plane, stride, width * channels, height)
    return await use({ pixels: { data, width, height, channels }, profile, damaged: cut || warned })
  } finally {
    for (const release of releases.reverse()) release()
  }
}

interface Calls {
  room: (size: number) => number
  number: (pointer: number) => number
  failure: () => string | null
  error: number
}

// libheif does not convert between primaries: the pixels keep the profile of the file.
function profileOf(
  lib: Libheif,
  handle: number,
  { room, number, failure, error }: Calls
): Uint8Array | 'p3' | null {
  const size = lib._heif_image_handle_get_raw_color_profile_size(handle)
  if (size > 0 && size <= MOST_PROFILE_BYTES) {
    const pointer = room(size)
    lib._heif_image_handle_get_raw_color_profile(error, handle, pointer)
    return failure() === null ? lib.HEAPU8.slice(pointer, pointer + size) : null
  }
  const out = room(4)
  lib._heif_image_handle_get_nclx_color_profile(error, handle, out)
  if (failure() !== null) return null
  const nclx = number(out)
  // heif_color_profile_nclx: a version byte, then the primaries.
  const primaries = number(nclx + 4)
  lib._heif_nclx_color_profile_free(nclx)
  return primaries === PRIMARIES_P3 ? 'p3' : null
}

/** Moves rows together that have gaps between them, in place. */
function packed(heap: Uint8Array, plane: number, stride: number, row: number, height: number): Uint8Array {
  if (stride !== row) {
    for (let y = 1; y < height; y++) {
      const from = plane + y * stride
      heap.copyWithin(plane + y * row, from, from + row)
    }
  }
  return heap.subarray(plane, plane + row * height)
}

function textAt({ HEAPU8 }: Libheif, pointer: number): string {
  const end = HEAPU8.indexOf(0, pointer)
  return String.fromCharCode(...HEAPU8.subarray(pointer, Math.min(end, pointer + 200)))
}
