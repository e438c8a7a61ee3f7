// What is called of mediabunny 1.61. Its own types need those of the DOM, which this package must do without, and even
// with them they contradict those of TypeScript 7; so they are kept out of sight, and it is loaded by a name that the
// compiler does not look up. It is large, and loaded only when the first video comes.
import type { RandomAccess } from './file.ts'

/** The members of the library that are used. */
export interface Mediabunny {
  Input: new (options: { source: object; formats: object[] }) => Input
  CustomSource: new (options: {
    getSize: () => number
    read: (start: number, end: number) => Promise<Uint8Array>
    handleUnhandledError: () => void
  }) => object
  MP4: object
  QTFF: object
  VideoSampleSink: new (track: Track) => { getSample(seconds: number): Promise<Sample | null> }
  Logging: { level: number }
  LogLevel: { Errors: number; Info: number }
}

/** A video that is open; to be disposed of after use. */
export interface Input {
  getMetadataTags(): Promise<{ raw?: Record<string, unknown> }>
  getPrimaryVideoTrack(): Promise<Track | null>
  /** Seconds. */
  computeDuration(): Promise<number>
  dispose(): void
}

export interface Track {
  /** Pixels as seen: turned, and of square pixels. */
  getDisplayWidth(): Promise<number>
  getDisplayHeight(): Promise<number>
  /** Whether there is a decoder for it. */
  canDecode(): Promise<boolean>
  /** Seconds. */
  getFirstTimestamp(): Promise<number>
}

/** One decoded picture of a video; to be closed after use. */
export interface Sample {
  codedWidth: number
  codedHeight: number
  /** Degrees by which it has to be turned clockwise. */
  rotation: 0 | 90 | 180 | 270
  allocationSize(options: { format: 'RGBA' }): number
  copyTo(bytes: Uint8Array, options: { format: 'RGBA' }): Promise<unknown>
  close(): void
}

const NAME: string = 'mediabunny'

let loaded: Promise<Mediabunny> | null = null

/** Opens an MP4 or MOV. Reads nothing until something is asked. */
export async function openMovie(file: RandomAccess): Promise<Input> {
  const { CustomSource, Input, MP4, QTFF } = await loadMediabunny()
  const source = new CustomSource({
    getSize: () => file.size,
    read: (start, end) => file.read(start, end - start),
    // What fails after nobody waits for it any more is of no interest.
    handleUnhandledError: () => {}
  })
  return new Input({ source, formats: [MP4, QTFF] })
}

export function loadMediabunny(): Promise<Mediabunny> {
  loaded ??= load()
  return loaded
}

async function load(): Promise<Mediabunny> {
  const library = (await import(NAME)) as Mediabunny
  const { Logging, LogLevel } = library
  // It tells the console of each codec it cannot decode; here nothing is decoded.
  if (Logging.level === LogLevel.Info) Logging.level = LogLevel.Errors
  return library
}
