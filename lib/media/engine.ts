import type {
  Examined as ExaminedPhoto,
  ExamineOptions,
  MediaEngine as Engine,
  MediaSource
} from '../types.ts'
import type { Facts } from './facts/facts.ts'

export type { ExamineOptions } from '../types.ts'

/** What the engine for Node makes of a photo or video: it knows more facts than the album asks for. */
export interface Examined extends ExaminedPhoto {
  facts: Facts
}

/** All decoding sits behind this, so that another runtime can bring its own. */
export interface MediaEngine extends Engine {
  examine(source: MediaSource, type: string, options?: ExamineOptions): Promise<Examined>
}
