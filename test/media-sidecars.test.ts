import test from 'brittle'
import b4a from 'b4a'
import { captureDate } from '../lib/media/facts/captured.ts'
import { readTakeout, readXmpSidecar } from '../lib/media/facts/sidecars.ts'

const NOW = Date.UTC(2025, 0, 1)

function xmp(body: string, attributes = ''): Uint8Array {
  return b4a.from(`<?xml version="1.0" encoding="UTF-8"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:exif="http://ns.adobe.com/exif/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:digiKam="http://www.digikam.org/ns/1.0/"
 xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" ${attributes}>${body}</rdf:Description></rdf:RDF></x:xmpmeta>`)
}

function takeout(fields: Record<string, unknown>): Uint8Array {
  return b4a.from(JSON.stringify({ title: 'a.jpg', photoTakenTime: { timestamp: '1594894272' }, ...fields }))
}

test('media sidecars: XMP tells date, caption, tags and place', (t) => {
  const sidecar = readXmpSidecar(
    xmp(
      `<dc:description><rdf:Alt><rdf:li xml:lang="x-default">Grandma &amp; the pie</rdf:li></rdf:Alt></dc:description>
       <dc:subject><rdf:Bag><rdf:li>family</rdf:li><rdf:li>Käse</rdf:li><rdf:li>family</rdf:li></rdf:Bag></dc:subject>`,
      `exif:DateTimeOriginal="2020-07-16T10:11:12.345+02:00" exif:GPSLatitude="41,50.604N" exif:GPSLongitude="3,3,58.42W"
       exif:GPSAltitude="1289/10" xmp:Rating="5"`
    )
  )
  t.is(sidecar?.caption, 'Grandma & the pie')
  t.alike(sidecar?.tags, ['family', 'Käse'])
  t.ok(Math.abs((sidecar?.position?.latitude ?? 0) - 41.8434) < 1e-6)
  t.ok(Math.abs((sidecar?.position?.longitude ?? 0) + 3.0662278) < 1e-6)
  t.is(sidecar?.position?.altitude, 128.9)
  const captured = captureDate({ original: '2019:01:01 10:00:00', ...sidecar?.dates }, NOW)
  t.is(captured?.source, 'sidecar')
  t.is(captured?.local, Date.UTC(2020, 6, 16, 10, 11, 12, 345))
  t.is(captured?.offset, 120)
})

test('media sidecars: XMP as other programs write it', (t) => {
  const elements = readXmpSidecar(
    xmp(`<exif:DateTimeOriginal>2020:07:16 10:11:12</exif:DateTimeOriginal>
      <digiKam:TagsList><rdf:Seq><rdf:li>People/Anna</rdf:li><rdf:li>Places/Rügen</rdf:li></rdf:Seq></digiKam:TagsList>`)
  )
  t.is(elements?.dates.sidecar, '2020:07:16 10:11:12', 'darktable: as an element, in the manner of EXIF')
  t.alike(elements?.tags, ['Anna', 'Rügen'], 'digiKam: paths')

  const apple = xmp(
    `<exif:GPSLongitude>91.558964002674188</exif:GPSLongitude><exif:GPSLongitudeRef>W</exif:GPSLongitudeRef>
     <exif:GPSLatitudeRef>S</exif:GPSLatitudeRef><exif:GPSLatitude>47.962512734449646</exif:GPSLatitude>
     <dc:description>Some text</dc:description>`
  )
  const { position = null, caption } = readXmpSidecar(apple) ?? {}
  t.alike([position?.latitude, position?.longitude], [-47.962512734449646, -91.558964002674188], 'Photos')
  t.is(caption, 'Some text', 'Photos: in no language')
  const signed = xmp('', 'exif:GPSLatitude="-47.9" exif:GPSLatitudeRef="S" exif:GPSLongitude="-91.5"')
  t.alike(
    readXmpSidecar(signed)?.position,
    { latitude: -47.9, longitude: -91.5, altitude: null },
    'a sign is enough'
  )

  const bare = b4a.from(
    `<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" photoshop:DateCreated="2020-07-16"/></rdf:RDF>`
  )
  t.is(readXmpSidecar(bare)?.dates.sidecar, '2020-07-16', 'without x:xmpmeta')
  t.is(captureDate(readXmpSidecar(bare)?.dates ?? {}, NOW)?.precision, 'day')

  const first = xmp('', 'exif:DateTimeOriginal="0000:00:00 00:00:00" xmp:CreateDate="2020-07-16T10:11:12"')
  t.is(readXmpSidecar(first)?.dates.sidecar, '2020-07-16T10:11:12', 'zeros are passed over')
  t.is(
    readXmpSidecar(xmp('', 'exif:GPSLatitude="0,0N" exif:GPSLongitude="0,0E"'))?.position,
    null,
    '0, 0 is nowhere'
  )
})

test('media sidecars: XMP of strangers', (t) => {
  t.is(readXmpSidecar(b4a.from('')), null)
  t.is(readXmpSidecar(b4a.from('<x:xmpmeta>')), null)
  t.is(readXmpSidecar(b4a.from('<html></html>')), null)
  t.is(readXmpSidecar(b4a.alloc(2 * 1024 * 1024, '<x:xmpmeta>')), null, 'too long')

  const lol = b4a
    .toString(xmp('<dc:description>&lol;</dc:description>'))
    .replace('<x:xmpmeta', '<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;">]><x:xmpmeta')
  t.not(readXmpSidecar(b4a.from(lol))?.caption, 'lol', 'no entity is expanded')
  const inside = b4a
    .toString(xmp(''))
    .replace('<rdf:RDF', '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><rdf:RDF')
  t.is(readXmpSidecar(b4a.from(inside)), null, 'a document type inside')

  const start = Date.now()
  const many = 1024 * 1024
  const bombs = [
    `<x:xmpmeta>${'<a>'.repeat(100_000)}</x:xmpmeta>`,
    `<x:xmpmeta>${'<a "'.repeat(100_000)}</x:xmpmeta>`,
    `<x:xmpmeta>${'<'.repeat(many - 100)}</x:xmpmeta>`,
    `<x:xmpmeta>${'<?xpacket end="'.repeat(60_000)}</x:xmpmeta>`,
    `<x:xmpmeta ${Array.from({ length: 40_000 }, (_, i) => `a${i}="${i}"`).join(' ')}></x:xmpmeta>`,
    b4a.toString(
      xmp('<dc:subject><rdf:Bag>' + '<rdf:li>a</rdf:li>'.repeat(40_000) + '</rdf:Bag></dc:subject>')
    ),
    b4a.toString(xmp('<dc:a/>'.repeat(100_000))),
    b4a.toString(xmp('<a:b>c</a:b>'.repeat(50_000)))
  ]
  for (const bomb of bombs) {
    const before = Date.now()
    const sidecar = readXmpSidecar(b4a.from(bomb))
    t.ok(
      (sidecar?.tags.length ?? 0) <= 100 && Date.now() - before < 2000,
      `${bomb.slice(0, 20)}: ${Date.now() - before} ms`
    )
  }
  t.ok(Date.now() - start < 10_000, 'none of them takes long')
})

test('media sidecars: Takeout', (t) => {
  const position = { latitude: 54.5, longitude: 13.6, altitude: 12 }
  const full = readTakeout(takeout({ description: ' Pie ', geoData: position, people: [{ name: 'A' }] }))
  t.alike(full?.position, position)
  t.is(full?.caption, 'Pie')
  t.is(full?.title, 'a.jpg')
  const captured = captureDate(full?.dates ?? {}, NOW)
  t.is(captured?.local, Date.UTC(2020, 6, 16, 12, 11, 12), 'UTC, told as the clock on the wall there')
  t.alike([captured?.offset, captured?.zone, captured?.source], [120, 'Europe/Berlin', 'sidecar'])

  const nowhere = readTakeout(takeout({ geoData: { latitude: 0, longitude: 0, altitude: 0 } }))
  t.is(nowhere?.position, null, '0, 0 is nowhere')
  t.is(captureDate(nowhere?.dates ?? {}, NOW)?.offset, 0, 'an instant')
  const exif = {
    geoData: { latitude: 0, longitude: 0 },
    geoDataExif: { latitude: 1, longitude: 2, altitude: 0 }
  }
  t.alike(
    readTakeout(takeout(exif))?.position,
    { latitude: 1, longitude: 2, altitude: null },
    "the camera's place"
  )

  const both = captureDate({ ...full?.dates, original: '2020:07:16 12:11:10' }, NOW)
  t.is(both?.source, 'metadata', 'EXIF counts before it')
  t.is(
    captureDate({ ...full?.dates, original: '0000:00:00 00:00:00' }, NOW)?.source,
    'sidecar',
    'where it is valid'
  )
  t.is(readTakeout(takeout({ photoTakenTime: { timestamp: '-86400' } }))?.dates.taken, -86400, 'before 1970')

  t.is(readTakeout(b4a.from('{"title":"Summer 2020"}')), null, 'the JSON of an album')
  t.is(
    readTakeout(b4a.from('{"creationTime":{"timestamp":"1594894272"},"title":"a.jpg"}')),
    null,
    'never creationTime'
  )
  for (const bad of ['', '[]', 'null', '{', '1', '"a"', '[['.repeat(100_000)])
    t.is(readTakeout(b4a.from(bad)), null)
})
