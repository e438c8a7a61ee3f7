// Runs in a child process: the first picture of a video where there is a decoder for it.
import type { RandomAccess } from '../file.ts'
import { loadMediabunny, openMovie, type Sample } from '../mediabunny.ts'
import type { Pixels } from './pixels.ts'

// WebCodecs for Node, by FFmpeg inside the package: 66 MB, with licences of its own, so it is there only for who installs
// it. By a name that neither the compiler nor a bundler looks up.
const CODECS: string = '@napi-rs/webcodecs/polyfill'
// A frame of 8K has 133 MB.
const MOST_BYTES = 200e6
// EXIF orientations, by the degrees that a picture is to be turned.
const ORIENTATIONS = { 0: 1, 90: 6, 180: 3, 270: 8 }

/** A picture as it is stored, and its EXIF orientation. */
export interface Frame {
  pixels: Pixels
  orientation: number
}

/** The first picture of an MP4 or MOV; null where nothing here decodes it. */
export async function firstFrame(file: RandomAccess): Promise<Frame | null> {
  const there = await import(CODECS).then(
    () => true,
    () => false
  )
  if (!there) return null
  const { VideoSampleSink } = await loadMediabunny()
  const movie = await openMovie(file)
  try {
    const track = await movie.getPrimaryVideoTrack()
    if (!track || !(await track.canDecode())) return null
    const sample = await new VideoSampleSink(track).getSample(await track.getFirstTimestamp())
    return sample && (await frameOf(sample))
  } catch {
    // Broken, or of a kind of pixels that it cannot convert: a video without a picture is no error.
    return null
  } finally {
    movie.dispose()
  }
}

async function frameOf(sample: Sample): Promise<Frame | null> {
  try {
    const { codedWidth: width, codedHeight: height, rotation } = sample
    const bytes = sample.allocationSize({ format: 'RGBA' })
    if (bytes !== width * height * 4 || bytes > MOST_BYTES) return null
    const data = new Uint8Array(bytes)
    await sample.copyTo(data, { format: 'RGBA' })
    return { pixels: { data, width, height, channels: 4 }, orientation: ORIENTATIONS[rotation] ?? 1 }
  } finally {
    sample.close()
  }
}
