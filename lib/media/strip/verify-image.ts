import b4a from 'b4a'
import ExifReader from 'exifreader'
import type { RandomAccess } from '../file.ts'
import { left } from './left.ts'

// Larger images are shown to exifreader by their beginning; the walk over chunks or boxes sees all of them.
const MOST_BYTES = 128 * 1024 * 1024
const CHUNK_BYTES = 1024 * 1024

// Groups and tags of exifreader 4.46 that say nothing but how to show the image.
const GROUPS = ['file', 'jfif', 'pngFile', 'riff', 'icc']
const EXIF_TAGS = /^Orientation$/
const PNG_TAGS =
  /^(Image Width|Image Height|Bit Depth|Color Type|Compression|Filter|Interlace|Pixels Per Unit [XY]|Pixel Units)$/

// Texts that begin a block of metadata wherever it lies. All are long enough not to come about by chance.
const WORDS = ['http://ns.adobe.com/', '<x:xmpmeta', '<?xpacket', 'Photoshop 3.0\0', 'http://cipa.jp/exif/']

/** Throws where exifreader sees anything besides orientation, size and colours. */
export async function checkTags(file: RandomAccess): Promise<void> {
  const bytes = await file.read(0, Math.min(file.size, MOST_BYTES))
  for (const [group, tags] of Object.entries(readTags(bytes))) {
    if (GROUPS.includes(group)) continue
    const known = { exif: EXIF_TAGS, png: PNG_TAGS }[group]
    const unknown = Object.keys(tags ?? {}).find((name) => !known?.test(name))
    if (unknown !== undefined) throw left(`${group} ${unknown}`)
  }
}

function readTags(bytes: Uint8Array): Record<string, object | undefined> {
  try {
    return { ...ExifReader.load(new Uint8Array(bytes).buffer, { expanded: true }) }
  } catch (error) {
    // That is how it says that there is nothing.
    if (error instanceof Error && error.name === 'MetadataMissingError') return {}
    throw error
  }
}

/** Throws where a block of metadata begins anywhere in the file, also where no reader would look for it. */
export async function checkWords(file: RandomAccess): Promise<void> {
  const words = WORDS.map((word) => b4a.from(word, 'latin1'))
  const overlap = Math.max(...words.map(({ byteLength }) => byteLength)) - 1
  for (let at = 0; at < file.size; at += CHUNK_BYTES) {
    const bytes = await file.read(at, CHUNK_BYTES + overlap)
    for (const word of words) {
      if (b4a.indexOf(bytes, word) !== -1)
        throw left(`a block that begins with ${b4a.toString(word, 'latin1')}`)
    }
  }
}
