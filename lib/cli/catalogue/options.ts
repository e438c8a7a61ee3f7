// What several commands take.
import type { Option } from '../command.ts'

/** Which photos are meant; `selection.ts` reads it. */
export const SELECTION: Option[] = [
  { flags: '--from <date>', about: 'taken on this day or later: 2020-07-16, 2020-07 or 2020' },
  { flags: '--to <date>', about: 'taken before this day' },
  { flags: '--member <name>', about: 'added by this member' },
  { flags: '--type <type>', about: 'image, video, or a MIME type' },
  { flags: '--tag <tag>', about: 'with this tag' },
  { flags: '--collection <name>', about: 'in this collection' },
  { flags: '--favourite', about: 'your favourites' },
  { flags: '--trashed', about: 'the trash instead of the album' }
]

export const YES: Option = { flags: '--yes', about: 'do not ask' }
