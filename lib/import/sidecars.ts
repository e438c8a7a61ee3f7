// Which files of a folder are sidecars of which: by their names, as programs and Google Takeout give them.

/** The names of a file's sidecars, best first. */
export interface SidecarNames {
  xmp: string[]
  takeout: string[]
}

// Takeout cuts the name of a sidecar, without `.json`, at this many characters.
const TAKEOUT_LENGTH = 46
const SUPPLEMENT = '.supplemental-metadata'

// Takeout gives the edited version of a photo no sidecar of its own.
const EDITED = [
  'edited',
  'bearbeitet',
  'modifié',
  'editado',
  'editada',
  'modificato',
  'modificata',
  'bewerkt'
].concat([
  'edytowane',
  'redigerad',
  'redigeret',
  'redigert',
  'muokattu',
  'upraveno',
  'düzenlendi',
  '編集済み',
  'измененный'
])
const EDITED_NAME = new RegExp(`^(.+)-(?:${EDITED.join('|')})(\\(\\d+\\))?(\\.[^.]+)$`, 'i')

/** The names of a folder, for finding the sidecars of many of its files. */
export class NameIndex {
  readonly #names: Set<string>
  readonly #folded: Map<string, string>

  constructor(names: Iterable<string>) {
    this.#names = new Set(names)
    this.#folded = new Map([...this.#names].map((name) => [fold(name), name]))
  }

  /**
   * A name as the folder has it: systems differ in the case of extensions, and in whether `é` is one character. Where
   * `a.jpg` and `A.jpg` are two, each has its own.
   */
  find(name: string): string | null {
    return this.#names.has(name) ? name : (this.#folded.get(fold(name)) ?? null)
  }
}

/** Finds the sidecars of a file among the names of its folder; of many files quickly with a `NameIndex`. */
export function sidecarsFor(name: string, names: Iterable<string> | NameIndex): SidecarNames {
  const index = names instanceof NameIndex ? names : new NameIndex(names)
  const present = (candidates: string[]): string[] => {
    const others = candidates.filter((candidate) => fold(candidate) !== fold(name))
    return [...new Set(others.flatMap((candidate) => index.find(candidate) ?? []))]
  }
  return {
    xmp: present([`${name}.xmp`, `${stemOf(name)}.xmp`]),
    takeout: present(sourcesOf(name).flatMap(takeoutNames))
  }
}

/**
 * Whether a Takeout sidecar's title is the name of this file, which may have been cut, numbered or edited, and may be
 * the moving half of what the title names.
 */
export function titleFits(title: string, name: string): boolean {
  const plain = (text: string): string =>
    fold(stemOf(text.replace(/\.MP(?=\.|$)/i, ''))).replaceAll(/[^\p{L}\p{N}]/gu, '')
  const wanted = plain(title)
  return sourcesOf(name).some((source) => {
    const numbered = /^(.*)\(\d+\)(\.[^.]+)?$/.exec(source)
    const had = [source, ...(numbered ? [`${numbered[1]}${numbered[2] ?? ''}`] : [])].map(plain)
    // Takeout cuts the names of files too, at 47 to 51 characters with the extension.
    return had.some((one) => one !== '' && (wanted === one || (name.length > 40 && wanted.startsWith(one))))
  })
}

/** The names whose sidecar may be a file's: its own, and that of the photo it was made from or belongs to. */
function sourcesOf(name: string): string[] {
  const edited = EDITED_NAME.exec(name.normalize('NFC'))
  const own = edited ? [name, `${edited[1]}${edited[2] ?? ''}${edited[3]}`] : [name]
  // `PXL_….MP` is the video of `PXL_….MP.jpg`, and `IMG_1.MP4` or `.MOV` may be that of `IMG_1.HEIC` or `IMG_1.JPG`.
  const stills = own.flatMap((one) => {
    if (/\.MP$/i.test(one)) return [`${one}.jpg`]
    return /\.(?:mp4|mov)$/i.test(one) ? ['HEIC', 'JPG', 'JPEG'].map((type) => `${stemOf(one)}.${type}`) : []
  })
  return [...own, ...stills]
}

function takeoutNames(name: string): string[] {
  const cut = (text: string, number = ''): string => `${text.slice(0, TAKEOUT_LENGTH)}${number}.json`
  const found = [cut(name + SUPPLEMENT), cut(name)]
  // Of a second file of the same name the number moves to the end: IMG(1).jpg has IMG.jpg(1).json.
  const numbered = /^(.+)(\(\d+\))(\.[^.]+)?$/.exec(name)
  if (numbered) {
    const [, stem = '', number, extension = ''] = numbered
    found.push(cut(stem + extension + SUPPLEMENT, number), cut(stem + extension, number))
  }
  return found
}

function fold(name: string): string {
  return name.normalize('NFC').toLowerCase()
}

/** A name without its extension. */
function stemOf(name: string): string {
  const dot = name.lastIndexOf('.')
  return dot > 0 ? name.slice(0, dot) : name
}
