// Runs in a child process (see child.ts): makes the small pictures of a photo from one decoding of it.
import type { Sharp, SharpInput, SharpOptions } from 'sharp'
import sharp from 'sharp'
import { rgbaToThumbHash } from 'thumbhash'
import { AlbumError } from '../../errors.ts'
import { type RawPhoto, readRaw } from './raw.ts'
import type { MediaSource, RandomAccess } from '../file.ts'
import { firstFrame } from './frame.ts'
import { withHeif } from './heif.ts'
import { type Pixels, tiffOf } from './pixels.ts'

/** A file to be depicted: sharp opens it by itself, the others read parts of it. */
export interface Original {
  source: MediaSource
  file: RandomAccess
}

/** As in `Examined`, all null where there is no picture. */
export interface Renditions {
  thumbnail: Uint8Array | null
  preview: Uint8Array | null
  placeholder: Uint8Array | null
  /** Pixels of the original as it is seen, its orientation applied; null of a video, which may be larger than its frame. */
  width: number | null
  height: number | null
  damaged: boolean
}

const PREVIEW_PIXELS = 1600
const THUMBNAIL_PIXELS = 256
// The most that thumbhash takes is 100. It keeps some 7 waves each way: more pixels show nothing more.
const PLACEHOLDER_PIXELS = 64
// A preview has some 160 kB and takes longest to make; effort 2 costs half of the usual 4, for 3 % more bytes.
const PREVIEW_WEBP = { quality: 75, effort: 2 }
const THUMBNAIL_WEBP = { quality: 70 }

// Scans of 100 megapixels are real; beyond 150 it is a bomb.
const MOST_PIXELS = 1.5e8
// Pictures that cannot be read row by row are decoded whole: so many bytes of them.
const MOST_WHOLE_BYTES = 420e6
// AVIF too, with its planes beside them: one of 100 megapixels took over 560 MB.
const MOST_AVIF_PIXELS = 7e7
// A raw photo has two or three JPEGs of itself.
const MOST_PREVIEWS = 4

// Only what an album takes is ever parsed: no SVG, PDF, ImageMagick and the like, whatever a file begins with.
sharp.block({ operation: ['VipsForeignLoad'] })
sharp.unblock({
  operation: [
    'VipsForeignLoadJpeg',
    'VipsForeignLoadPng',
    'VipsForeignLoadWebp',
    'VipsForeignLoadNsgif',
    'VipsForeignLoadTiff',
    'VipsForeignLoadHeif'
  ]
})
// No two photos are the same, and the process has one core's share of the work.
sharp.cache(false)
sharp.concurrency(1)

/** A picture that is small enough to keep, in sRGB, not yet turned as its orientation says. */
interface Base {
  pixels: Pixels
  /** EXIF orientation, 1 to 8. */
  orientation: number
  /** Pixels of the original as stored. */
  width: number
  height: number
  damaged: boolean
}

/** Makes the renditions of a photo; of a video, those of the frame, where there is one. */
export async function makeRenditions(
  original: Original,
  type: string,
  frame: Uint8Array | null
): Promise<Renditions> {
  if (type.startsWith('video/')) {
    const base = frame ? await rasterBase(frame) : await videoBase(original.file)
    return base ? fromBase(base, false) : nothing()
  }
  return fromBase(await baseOf(original, type), true)
}

/** What stands for a video without a picture until somebody sees it: grey, in its shape. */
export function neutralPlaceholder(width: number | null, height: number | null): Uint8Array {
  const [w, h] = width && height ? [width, height] : [4, 3]
  const scale = PLACEHOLDER_PIXELS / Math.max(w, h)
  const [columns, rows] = [w, h].map((side) => Math.max(1, Math.round(side * scale))) as [number, number]
  const grey = new Uint8Array(columns * rows * 4).fill(0x80)
  for (let alpha = 3; alpha < grey.byteLength; alpha += 4) grey[alpha] = 0xff
  return rgbaToThumbHash(columns, rows, grey)
}

function nothing(): Renditions {
  return { thumbnail: null, preview: null, placeholder: null, width: null, height: null, damaged: false }
}

async function baseOf(original: Original, type: string): Promise<Base> {
  switch (type) {
    case 'image/heic':
      return heifBase(original.file)
    case 'image/heif':
      // It says no codec: one of the two knows it.
      return heifBase(original.file).catch(() => rasterBase(sourceOf(original)))
    case 'image/tiff':
    case 'image/x-adobe-dng':
      return tiffBase(original)
    case 'image/jpeg':
    case 'image/png':
    case 'image/webp':
    case 'image/gif':
    case 'image/avif':
      return rasterBase(sourceOf(original))
    default:
      throw new AlbumError('UNSUPPORTED_FILE', `${type} is no type of photo`)
  }
}

function sourceOf({ source }: Original): string | Uint8Array {
  return 'path' in source ? source.path : source.bytes
}

/** Decodes with sharp, strictly; where some of the file is missing, what there is of it. */
async function rasterBase(source: string | Uint8Array): Promise<Base> {
  const lenient: SharpOptions = { failOn: 'none', limitInputPixels: MOST_PIXELS, sequentialRead: true }
  const { format, width, height, orientation } = await checkSize(source, lenient)
  const decode = async (options: SharpOptions): Promise<Pixels> => inBox(sharp(source, options))
  try {
    // A TIFF without some of its strips is no truncated file to libvips, only a wrong one.
    const failOn = format === 'tiff' ? 'error' : 'truncated'
    return { pixels: await decode({ ...lenient, failOn }), orientation, width, height, damaged: false }
  } catch {
    // Four of 317 good photos of a family fail strict decoding: shown as far as they go, they are worth keeping.
    return { pixels: await decode(lenient), orientation, width, height, damaged: true }
  }
}

async function checkSize(
  source: SharpInput,
  options: SharpOptions
): Promise<{ format: string; width: number; height: number; orientation: number }> {
  const meta = await sharp(source, options).metadata()
  const { format, width, height } = meta
  if (format === 'heif' && width * height > MOST_AVIF_PIXELS) throw tooLarge(width, height)
  // Interlaced, it cannot be read row by row. WebP is read in a smaller scale, and a JPEG's coefficients are few.
  const whole = format === 'png' && meta.isProgressive === true
  const bytes = width * height * meta.channels * (meta.depth === 'uchar' ? 1 : 2)
  if (whole && bytes > MOST_WHOLE_BYTES) throw tooLarge(width, height)
  return { format, width, height, orientation: meta.orientation ?? 1 }
}

function tooLarge(width: number, height: number): Error {
  return new Error(`A picture of ${width} x ${height} pixels is too large to decode at once`)
}

/** Shrinks to the preview's size and converts to sRGB. */
async function inBox(image: Sharp): Promise<Pixels> {
  const { data, info } = await image
    .resize({ width: PREVIEW_PIXELS, height: PREVIEW_PIXELS, fit: 'inside', withoutEnlargement: true })
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true })
  return { data, width: info.width, height: info.height, channels: info.channels as Pixels['channels'] }
}

async function videoBase(file: RandomAccess): Promise<Base | null> {
  const first = await firstFrame(file)
  if (first === null) return null
  const { pixels, orientation } = first
  const { data, width, height } = pixels
  // No picture of a camera is transparent.
  const small = await inBox(sharp(data, { raw: rawOf(pixels) }).removeAlpha())
  return { pixels: small, orientation, width, height, damaged: false }
}

async function heifBase(file: RandomAccess): Promise<Base> {
  return withHeif(file, async ({ pixels, profile, damaged }) => {
    const { width, height } = pixels
    // Made small first: a conversion of all pixels costs as much as decoding them.
    const small = await inBox(sharp(pixels.data, { raw: rawOf(pixels), limitInputPixels: MOST_PIXELS }))
    const icc = profile === 'p3' ? await displayP3() : profile
    const converted = icc === null ? small : await inBox(sharp(tiffOf(small, icc)))
    // libheif has turned it: the EXIF orientation of a HEIC says the same once more, or is stale.
    return { pixels: converted, orientation: 1, width, height, damaged }
  })
}

/** A raw photo is shown by its largest JPEG that decodes, any other TIFF by its first page. */
async function tiffBase(original: Original): Promise<Base> {
  const raw = await readRaw(original.file)
  const page = (): Promise<Base> => rasterBase(sourceOf(original))
  if (raw.isDng) return (await previewBase(original.file, raw)) ?? page()
  return page().catch(async (error: unknown) => {
    // Other makers' raw files have no page that is a picture either.
    const base = await previewBase(original.file, raw)
    if (base === null) throw error
    return base
  })
}

async function previewBase(file: RandomAccess, { previews, orientation }: RawPhoto): Promise<Base | null> {
  for (const { offset, length } of previews.slice(0, MOST_PREVIEWS)) {
    const base = await rasterBase(await file.read(offset, length)).catch(() => null)
    if (base) return { ...base, orientation }
  }
  return null
}

let p3: Uint8Array | null = null

/** The ICC profile of Display P3, as sharp has it. */
async function displayP3(): Promise<Uint8Array> {
  if (p3 === null) {
    const pixel = sharp({ create: { width: 1, height: 1, channels: 3, background: '#000' } })
    const { icc } = await sharp(await pixel.withIccProfile('p3').png().toBuffer()).metadata()
    p3 = icc ?? new Uint8Array()
  }
  return p3
}

// Orientation is applied to the small picture: turning a large one would need all of it in memory. sharp mirrors
// first and turns then, so that EXIF 2.32's eight orientations are a mirror and an angle each.
const TURNS: Record<number, { mirror: boolean; angle: number }> = {
  1: { mirror: false, angle: 0 },
  2: { mirror: true, angle: 0 },
  3: { mirror: false, angle: 180 },
  4: { mirror: true, angle: 180 },
  5: { mirror: true, angle: 270 },
  6: { mirror: false, angle: 90 },
  7: { mirror: true, angle: 90 },
  8: { mirror: false, angle: 270 }
}

async function fromBase(base: Base, own: boolean): Promise<Renditions> {
  const { mirror, angle } = TURNS[base.orientation] ?? { mirror: false, angle: 0 }
  const image = (): Sharp => {
    const plain = sharp(base.pixels.data, { raw: rawOf(base.pixels) })
    return (mirror ? plain.flop() : plain).rotate(angle)
  }
  const box = (size: number): Sharp =>
    image().resize({ width: size, height: size, fit: 'inside', withoutEnlargement: true })
  const preview = await image().webp(PREVIEW_WEBP).toBuffer()
  const thumbnail = await box(THUMBNAIL_PIXELS).webp(THUMBNAIL_WEBP).toBuffer()
  const placeholder = await box(PLACEHOLDER_PIXELS)
    .toColourspace('srgb')
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true })
  const sideways = angle === 90 || angle === 270
  const { width, height } = base
  return {
    preview,
    thumbnail,
    placeholder: rgbaToThumbHash(placeholder.info.width, placeholder.info.height, placeholder.data),
    // A frame says nothing of the video's size: it may have been made smaller.
    width: own ? (sideways ? height : width) : null,
    height: own ? (sideways ? width : height) : null,
    damaged: base.damaged
  }
}

function rawOf({ width, height, channels }: Pixels): {
  width: number
  height: number
  channels: 1 | 2 | 3 | 4
} {
  return { width, height, channels }
}
