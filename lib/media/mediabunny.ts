// What is called of mediabunny 1.61. Its own types need those of the DOM, which this package must do without, and even
// with them they contradict those of TypeScript 7; so they are kept out of sight, and it is loaded by a name that the
// compiler does not look up. It is large, and loaded only when the first video comes.

export interface Mediabunny {
  Input: new (options: { source: object; formats: object[] }) => Input
  CustomSource: new (options: {
    getSize: () => number
    read: (start: number, end: number) => Promise<Uint8Array>
    handleUnhandledError: () => void
  }) => object
  MP4: object
  QTFF: object
  Logging: { level: number }
  LogLevel: { Errors: number; Info: number }
}

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
}

const NAME: string = 'mediabunny'

let loaded: Promise<Mediabunny> | null = null

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
