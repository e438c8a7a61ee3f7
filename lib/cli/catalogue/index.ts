import type { Command } from '../command.ts'
import { COPIES } from './copies.ts'
import { INDEXER } from './indexer.ts'
import { KIT } from './kit.ts'
import { PEOPLE } from './people.ts'
import { PHOTOS } from './photos.ts'
import { RUNNING } from './running.ts'

/** Every command, as it is typed. What they do lies in `commands/`, and is loaded when it is to run. */
export const COMMANDS: Command[] = [...PEOPLE, ...PHOTOS, ...COPIES, ...INDEXER, ...KIT, ...RUNNING]
