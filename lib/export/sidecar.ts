import { createHash } from 'node:crypto'
import { DOMImplementation, type Document, type Element, XMLSerializer } from '@xmldom/xmldom'
import { COLLECTIONS } from '../media/facts/xmp.ts'
import type { CapturedAt, Location, Photo } from '../types.ts'

// XMP (ISO 16684-1:2019) as Lightroom, digiKam, darktable and exiftool read it.
const SPACES = {
  x: 'adobe:ns:meta/',
  rdf: 'http://www.w3.org/1999/02/22-rdf-syntax-ns#',
  dc: 'http://purl.org/dc/elements/1.1/',
  xmp: 'http://ns.adobe.com/xap/1.0/',
  exif: 'http://ns.adobe.com/exif/1.0/',
  photoshop: 'http://ns.adobe.com/photoshop/1.0/',
  lr: 'http://ns.adobe.com/lightroom/1.0/'
}
const PACKET = 'begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"'
const XMLNS = 'http://www.w3.org/2000/xmlns/'
const LANG = 'http://www.w3.org/XML/1998/namespace'

// Who wrote it, with the hash of all the rest: so it is told whether somebody else changed it since.
const MARK = /x:xmptk="hyperalbum ([0-9a-f]{64})"/
const NO_HASH = '0'.repeat(64)

type Name = `${keyof typeof SPACES}:${string}`

/** What is said of a photo beside its bytes. */
export interface Description {
  photo: Photo
  /** Names of its collections. */
  collections: string[]
  /** Whether the place is left out. */
  strip: boolean
}

/** The XMP sidecar of a photo: date, caption, tags, collections, favourite, place. */
export function sidecarOf({ photo, collections, strip }: Description): string {
  const page = new Page()
  const date = dateOf(photo.capturedAt)
  for (const name of ['exif:DateTimeOriginal', 'photoshop:DateCreated', 'xmp:CreateDate'] as const) {
    page.text(name, date)
  }
  if (photo.caption !== '') page.caption(photo.caption)
  if (photo.tags.length > 0) page.list('dc:subject', photo.tags)
  // digiKam takes tags from here alone where there is any. A bar would make one tag of several.
  const paths = [
    ...photo.tags.filter((tag) => !tag.includes('|')),
    ...collections.map((name) => COLLECTIONS + name)
  ]
  if (collections.length > 0) page.list('lr:hierarchicalSubject', paths)
  if (photo.favourite) page.text('xmp:Rating', '5')
  if (photo.location && !strip) place(page, photo.location)
  return page.packet()
}

/** Whether a text is a sidecar that an export wrote, and nobody changed since. */
export function isUntouched(text: string): boolean {
  const hash = MARK.exec(text)?.[1]
  return hash !== undefined && hashOf(text.replace(hash, NO_HASH)) === hash
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** As XMP writes it: as far as it is known, and with the offset of the wall clock where that is known. */
function dateOf({ local, offsetMinutes, precision }: CapturedAt): string {
  if (precision === 'year') return local.slice(0, 4)
  if (precision === 'day') return local.slice(0, 10)
  const time = local.replace(/\.000$/, '')
  if (offsetMinutes === null) return time
  // Never `Z`, which says that the time is not that of a clock on the wall.
  const two = (number: number): string => String(Math.floor(number)).padStart(2, '0')
  const minutes = Math.abs(offsetMinutes)
  return `${time}${offsetMinutes < 0 ? '-' : '+'}${two(minutes / 60)}:${two(minutes % 60)}`
}

function place(page: Page, { latitude, longitude, altitude }: Location): void {
  page.text('exif:GPSLatitude', degrees(latitude, 'N', 'S'))
  page.text('exif:GPSLongitude', degrees(longitude, 'E', 'W'))
  if (altitude === null) return
  page.text('exif:GPSAltitude', `${Math.round(Math.abs(altitude) * 100)}/100`)
  page.text('exif:GPSAltitudeRef', altitude < 0 ? '1' : '0')
}

/** `41,50.604N`: whole degrees, and minutes so fine that nothing of them is lost. */
function degrees(value: number, positive: string, negative: string): string {
  const units = Math.round(Math.abs(value) * 6e8)
  const minutes = (units % 6e8) / 1e7
  return `${Math.floor(units / 6e8)},${minutes.toFixed(7)}${value < 0 ? negative : positive}`
}

/** An XMP packet with one description. The serializer escapes whatever a text holds. */
class Page {
  readonly #document: Document = new DOMImplementation().createDocument(SPACES.x, 'x:xmpmeta')
  readonly #about: Element = this.#element('rdf:Description')

  constructor() {
    this.#about.setAttributeNS(SPACES.rdf, 'rdf:about', '')
    for (const [prefix, space] of Object.entries(SPACES)) {
      if (prefix !== 'x' && prefix !== 'rdf') this.#about.setAttributeNS(XMLNS, `xmlns:${prefix}`, space)
    }
    const rdf = this.#element('rdf:RDF')
    rdf.appendChild(this.#about)
    const root = this.#document.documentElement
    root?.setAttributeNS(SPACES.x, 'x:xmptk', `hyperalbum ${NO_HASH}`)
    root?.appendChild(rdf)
  }

  text(name: Name, value: string): void {
    this.#about.appendChild(this.#element(name, value))
  }

  caption(value: string): void {
    const item = this.#element('rdf:li', value)
    item.setAttributeNS(LANG, 'xml:lang', 'x-default')
    this.#put('dc:description', 'rdf:Alt', [item])
  }

  list(name: Name, values: string[]): void {
    const items = values.map((value) => this.#element('rdf:li', value))
    this.#put(name, 'rdf:Bag', items)
  }

  packet(): string {
    const body = new XMLSerializer().serializeToString(this.#document)
    const packet = `<?xpacket ${PACKET}?>\n${body}\n<?xpacket end="w"?>\n`
    return packet.replace(NO_HASH, hashOf(packet))
  }

  #put(name: Name, kind: Name, items: Element[]): void {
    const list = this.#element(kind)
    for (const item of items) list.appendChild(item)
    const element = this.#element(name)
    element.appendChild(list)
    this.#about.appendChild(element)
  }

  #element(name: Name, value = ''): Element {
    const space = SPACES[name.split(':')[0] as keyof typeof SPACES]
    const element = this.#document.createElementNS(space, name)
    if (value !== '') element.appendChild(this.#document.createTextNode(written(value)))
    return element
  }
}

/** A text without what XML 1.0 has no way to write, and with line ends as its readers make them. */
function written(text: string): string {
  return text
    .replaceAll(/\r\n?/g, '\n')
    .replaceAll(/[^\t\n\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '')
}
