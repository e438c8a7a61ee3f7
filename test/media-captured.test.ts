import test from 'brittle'
import { type Captured, type DateTags, captureDate } from '../lib/media/facts/captured.ts'
import { dateInName } from '../lib/media/facts/filenames.ts'
import { parseMoment, parseOffset } from '../lib/media/facts/moments.ts'
import { parseIso6709, parseLoci, positionOf } from '../lib/media/facts/position.ts'
import { offsetAtLocal, zoneAt } from '../lib/media/facts/zones.ts'

const NOW = Date.UTC(2025, 0, 1, 12)
const BERLIN = { latitude: 52.52, longitude: 13.4 }
const PUNE = { latitude: 18.52, longitude: 73.86 }

/** A date as one line: wall time, offset, zone, source, precision, and `weak`. */
function line(captured: Captured | null): string | null {
  if (captured === null) return null
  const { local, offset, zone, source, precision, weak } = captured
  const time = new Date(local).toISOString().slice(0, -1)
  return [time, offset ?? '-', zone ?? '-', source, precision, ...(weak ? ['weak'] : [])].join(' ')
}

const quicktime = (time: number): number => time / 1000 + 2_082_844_800

type Case = [what: string, tags: DateTags, expected: string | null]

function check(t: { is(actual: unknown, expected: unknown, message: string): void }, cases: Case[]): void {
  for (const [what, tags, expected] of cases) t.is(line(captureDate(tags, NOW)), expected, what)
}

test('media captured: the order of trust', (t) => {
  // Best first. With all of them, the first counts; without it, the second; and so on.
  const ranked: [keyof DateTags, DateTags, string][] = [
    ['sidecar', { sidecar: '2001-02-03T04:05:01' }, '2001-02-03T04:05:01.000 - - sidecar second'],
    ['original', { original: '2002:02:03 04:05:02' }, '2002-02-03T04:05:02.000 - - metadata second'],
    ['quicktime', { quicktime: '2003-02-03T04:05:03+0200' }, '2003-02-03T04:05:03.000 120 - metadata second'],
    ['digitized', { digitized: '2004:02:03 04:05:04' }, '2004-02-03T04:05:04.000 - - metadata second'],
    ['embedded', { embedded: ['2005-02-03T04:05:05'] }, '2005-02-03T04:05:05.000 - - metadata second'],
    ['taken', { taken: Date.UTC(2006, 1, 3, 4, 5, 6) / 1000 }, '2006-02-03T04:05:06.000 0 - sidecar second'],
    ['gpsDate', { gpsDate: '2007:02:03', gpsTime: [23, 5, 7] }, '2007-02-03T23:05:07.000 0 - gps second'],
    [
      'movie',
      { movie: quicktime(Date.UTC(2008, 1, 3, 4, 5, 8)) },
      '2008-02-03T04:05:08.000 0 - metadata second'
    ],
    ['name', { name: 'IMG_20090203_040509.jpg' }, '2009-02-03T04:05:09.000 - - name second']
  ]
  // The time of the satellites would tell the offsets of those before it.
  const all = ranked.reduce<DateTags>((tags, [, own]) => ({ ...tags, ...own }), {
    file: Date.UTC(2010, 0, 1)
  })
  let left: DateTags = all
  for (const [key, , expected] of ranked) {
    t.is(line(captureDate({ ...left, gpsTime: key === 'gpsDate' ? [23, 5, 7] : null }, NOW)), expected, key)
    left = { ...left, [key]: null }
  }
  const file = captureDate(left, NOW)
  t.is(file?.source, 'file')
  t.alike(
    [file?.weak, file?.offset, file?.zone],
    [true, null, null],
    "nothing is made of this machine's zone"
  )
  t.is(captureDate({}, NOW), null)
})

test('media captured: what is no date is passed over', (t) => {
  const bad = [
    '0000:00:00 00:00:00',
    '    :  :     :  :  ',
    '                   ',
    '',
    '\0\0\0\0',
    '1904:01:01 00:00:00',
    '1904:01:01 02:00:00+02:00',
    '1970:01:01 00:00:00',
    '1970-01-01T00:00:00Z',
    '1970-01-01T02:00:00+02:00',
    '1970:01:01',
    '1825:12:31 23:59:59',
    '0001:01:01 00:00:00',
    '2025:01:02 12:00:01',
    '9999:12:31 23:59:59',
    '2020:02:30 10:00:00',
    '2020:13:01 10:00:00',
    '2020:01:01 24:00:00',
    '2020:01:01 10:60:00',
    '2020:07:16 10:11:12 or so',
    'Thu Jul 16 2020',
    '<faulty value>',
    'x'.repeat(100_000)
  ]
  for (const original of bad) {
    t.is(captureDate({ original }, NOW), null, original.slice(0, 40))
    t.is(
      captureDate({ original, digitized: '2020:07:16 10:11:12' }, NOW)?.local,
      Date.UTC(2020, 6, 16, 10, 11, 12)
    )
  }
  check(t, [
    [
      'within a day from now',
      { original: '2025:01:02 11:59:59' },
      '2025-01-02T11:59:59.000 - - metadata second'
    ],
    [
      'the second after 1970 began',
      { original: '1970:01:01 00:00:01' },
      '1970-01-01T00:00:01.000 - - metadata second'
    ],
    ['a scan of 1850', { embedded: ['1850'] }, '1850-01-01T00:00:00.000 - - metadata year'],
    ['mvhd of 0', { movie: 0 }, null],
    ['mvhd of 1904, one hour', { movie: 3600 }, '1970-01-01T01:00:00.000 0 - metadata second'],
    [
      'mvhd since 1970',
      { movie: Date.UTC(2015, 5, 1) / 1000 },
      '2015-06-01T00:00:00.000 0 - metadata second'
    ],
    ['mvhd of 64 bits', { movie: 2 ** 63 }, null],
    ['numbers that are none', { taken: Number.NaN, movie: Number.NaN, file: Number.NaN }, null],
    ['Takeout of 1970', { taken: 0 }, null],
    ['GPS without a date', { gpsTime: [1, 2, 3] }, null],
    ['GPS without a time', { gpsDate: '2020:07:16' }, null],
    ['GPS of NaN', { gpsDate: '2020:07:16', gpsTime: [Number.NaN, 1, 2] }, null],
    ['GPS past midnight', { gpsDate: '2020:07:16', gpsTime: [24, 0, 0] }, null]
  ])
})

test('media captured: clocks that were never set', (t) => {
  for (const year of ['2000', '2001', '2002']) {
    const original = `${year}:01:01 00:00:00`
    t.is(line(captureDate({ original }, NOW)), `${year}-01-01T00:00:00.000 - - metadata second weak`, 'kept')
    t.is(captureDate({ original, name: 'IMG_20200716_101112.jpg' }, NOW)?.source, 'name', 'a name is better')
    t.is(
      captureDate({ original, file: Date.UTC(2020, 1, 1) }, NOW)?.source,
      'metadata',
      'times of files are not'
    )
  }
  check(t, [
    ['a second later', { original: '2000:01:01 00:00:01' }, '2000-01-01T00:00:01.000 - - metadata second'],
    ['New Year 2003', { original: '2003:01:01 00:00:00' }, '2003-01-01T00:00:00.000 - - metadata second'],
    ['a day', { sidecar: '2000-01-01' }, '2000-01-01T00:00:00.000 - - sidecar day']
  ])
})

test('media captured: offsets and zones', (t) => {
  const original = '2020:07:16 10:11:12'
  const gps = { gpsDate: '2020:07:16', gpsTime: [8, 10, 58] }
  const at = '2020-07-16T10:11:12.000'
  check(t, [
    ['its own', { original, originalOffset: '+03:00', ...BERLIN }, `${at} 180 - metadata second`],
    [
      'its own, and the place agrees',
      { original, originalOffset: '+02:00', ...BERLIN },
      `${at} 120 Europe/Berlin metadata second`
    ],
    ['written behind the date', { original: `${original}-04:00` }, `${at} -240 - metadata second`],
    ['that of digitizing', { original, digitizedOffset: '+01:00' }, `${at} 60 - metadata second`],
    ['OffsetTime alone', { original, offset: '+01:00' }, `${at} 60 - metadata second`],
    [
      'OffsetTime not alone',
      { original, offset: '+01:00', digitizedOffset: '+05:00' },
      `${at} 300 - metadata second`
    ],
    ['blanks', { original, originalOffset: '   :  ' }, `${at} - - metadata second`],
    ['nonsense', { original, originalOffset: '+99:00' }, `${at} - - metadata second`],
    ['by place', { original, ...BERLIN }, `${at} 120 Europe/Berlin metadata second`],
    [
      'by place, in winter',
      { original: '2020:01:16 10:11:12', ...BERLIN },
      '2020-01-16T10:11:12.000 60 Europe/Berlin metadata second'
    ],
    ['by place, a half hour', { original, ...PUNE }, `${at} 330 Asia/Kolkata metadata second`],
    ['by place before satellites', { original, ...gps, ...PUNE }, `${at} 330 Asia/Kolkata metadata second`],
    ['by satellites', { original, ...gps }, `${at} 120 - metadata second`],
    [
      'by satellites, a quarter',
      { original, gpsDate: '2020:07:16', gpsTime: [4, 26, 12] },
      `${at} 345 - metadata second`
    ],
    [
      'satellites of another day',
      { original, gpsDate: '2020:07:15', gpsTime: [8, 0, 0] },
      `${at} - - metadata second`
    ],
    ['a place that is none', { original, latitude: Number.NaN, longitude: 4 }, `${at} - - metadata second`],
    ['a place beyond the pole', { original, latitude: 91, longitude: 4 }, `${at} - - metadata second`],
    ['nobody knows', { original }, `${at} - - metadata second`],
    [
      'a day has no offset',
      { original: '2020:07:16', originalOffset: '+02:00', ...BERLIN },
      '2020-07-16T00:00:00.000 - - metadata day'
    ],
    [
      'UTC, at a place',
      { taken: Date.UTC(2020, 6, 16, 8, 11, 12) / 1000, ...BERLIN },
      `${at} 120 Europe/Berlin sidecar second`
    ],
    [
      'Z, at a place',
      { quicktime: '2020-07-16T08:11:12Z', ...BERLIN },
      `${at} 120 Europe/Berlin metadata second`
    ],
    ['Z, nowhere', { quicktime: '2020-07-16T08:11:12Z' }, '2020-07-16T08:11:12.000 0 - metadata second'],
    [
      'mvhd, at a place',
      { movie: quicktime(Date.UTC(2020, 6, 16, 8, 11, 12)), ...BERLIN },
      `${at} 120 Europe/Berlin metadata second`
    ],
    [
      'mvhd of a Nikon',
      { movie: quicktime(Date.UTC(2020, 6, 16, 10, 11, 12)), movieIsLocal: true },
      `${at} - - metadata second`
    ],
    [
      'Pixel, at a place',
      { name: 'PXL_20200716_081112345.jpg', ...BERLIN },
      '2020-07-16T10:11:12.345 120 Europe/Berlin name second'
    ]
  ])
  const autumn = { original: '2020:10:25 02:30:00', ...BERLIN }
  t.is(captureDate(autumn, NOW)?.offset, 120, 'an hour that comes twice: the first')
  const second = captureDate({ ...autumn, originalOffset: '+01:00' }, NOW)
  t.alike([second?.offset, second?.zone], [60, 'Europe/Berlin'], 'unless it says the second')
  t.is(offsetAtLocal('Europe/Berlin', Date.UTC(2020, 2, 29, 2, 30)), 60, 'an hour that is left out')
  t.is(offsetAtLocal('America/St_Johns', Date.UTC(2020, 6, 1)), -150)
  t.is(offsetAtLocal('Pacific/Kiritimati', Date.UTC(2020, 6, 1)), 840)
  t.is(zoneAt(Number.NaN, 1), null)
  t.ok(zoneAt(0, -30)?.startsWith('Etc/'), 'at sea')
})

test('media captured: fractions of seconds', (t) => {
  const original = '2020:07:16 10:11:12'
  const fraction = (originalFraction: string): number | undefined =>
    (captureDate({ original, originalFraction }, NOW)?.local ?? 0) % 1000
  t.is(fraction('5'), 500)
  t.is(fraction('05'), 50)
  t.is(fraction('536804'), 536)
  t.is(fraction('50 '), 500)
  t.is(fraction(''), 0)
  t.is(fraction('  '), 0)
  t.is(fraction('-1'), 0)
  t.is((captureDate({ original: `${original}.25`, originalFraction: '99' }, NOW)?.local ?? 0) % 1000, 250)
})

test('media captured: how dates are written', (t) => {
  const cases: [text: string, local: string, offset: number | null, precision: string][] = [
    ['2020:07:16 10:11:12', '2020-07-16T10:11:12.000Z', null, 'second'],
    ['2020:07:16 10:11:12\0', '2020-07-16T10:11:12.000Z', null, 'second'],
    ['2020-07-16T10:11:12.5+02:00', '2020-07-16T10:11:12.500Z', 120, 'second'],
    ['2020-07-16T10:11:12-0730', '2020-07-16T10:11:12.000Z', -450, 'second'],
    ['2020/07/16 9:05:01', '2020-07-16T09:05:01.000Z', null, 'second'],
    ['2011:06:14 15:47+02:00', '2011-06-14T15:47:00.000Z', 120, 'second'],
    ['2016:12:31 23:59:60', '2016-12-31T23:59:59.000Z', null, 'second'],
    ['2020:07:16', '2020-07-16T00:00:00.000Z', null, 'day'],
    ['2020:07:16   :  :  ', '2020-07-16T00:00:00.000Z', null, 'day'],
    ['2020-07', '2020-07-01T00:00:00.000Z', null, 'year'],
    ['2020', '2020-01-01T00:00:00.000Z', null, 'year'],
    ['2020:00:00 00:00:00', '2020-01-01T00:00:00.000Z', null, 'year']
  ]
  for (const [text, local, offset, precision] of cases) {
    const moment = parseMoment(text)
    t.alike(
      [new Date(moment?.local ?? 0).toISOString(), moment?.offset, moment?.precision],
      [local, offset, precision],
      text
    )
  }
  t.is(parseOffset('Z'), 0)
  t.is(parseOffset('+14:00'), 840)
  t.is(parseOffset('+14:15'), undefined)
  t.is(parseOffset('\u221203:30'), -210)
  t.is(parseOffset(''), null)
})

test('media filenames: dates', (t) => {
  const at = '2020-07-16T10:11:12.000Z'
  const cases: [name: string, local: string | null, precision?: string, utc?: boolean][] = [
    ['IMG-20200716-WA0001.jpg', '2020-07-16T00:00:00.000Z', 'day'],
    ['VID-20200716-WA0012.mp4', '2020-07-16T00:00:00.000Z', 'day'],
    ['WhatsApp Image 2020-07-16 at 10.11.12.jpeg', at],
    ['WhatsApp Image 2020-07-16 at 10.11.12 (1).jpeg', at],
    ['WhatsApp Video 2020-07-16 at 10.11.12 PM.mp4', '2020-07-16T22:11:12.000Z'],
    ['WhatsApp Image 2020-07-16 at 12.11.12 AM.jpeg', '2020-07-16T00:11:12.000Z'],
    ['PXL_20200716_101112345.jpg', '2020-07-16T10:11:12.345Z', 'second', true],
    ['PXL_20200716_101112345.MP.jpg', '2020-07-16T10:11:12.345Z', 'second', true],
    ['PXL_20200716_101112345.PORTRAIT-01.COVER.jpg', '2020-07-16T10:11:12.345Z', 'second', true],
    ['PXL_20200716_101112345~2.jpg', '2020-07-16T10:11:12.345Z', 'second', true],
    ['20200716_101112000_iOS.jpg', at, 'second', true],
    ['20200716_101112000_iOS 1.heic', at, 'second', true],
    ['IMG_20200716_101112.jpg', at],
    ['IMG_20200716_101112_1.jpg', at],
    ['IMG_20200716_101112345.jpg', '2020-07-16T10:11:12.345Z'],
    ['IMG_20200716_101112_HDR.jpg', at],
    ['VID_20200716_101112.mp4', at],
    ['MVIMG_20200716_101112.jpg', at],
    ['PANO_20200716_101112.jpg', at],
    ['00001IMG_00001_BURST20200716101112345_COVER.jpg', null],
    ['20200716_101112.jpg', at],
    ['20200716_101112(0).jpg', at],
    ['Screenshot_20200716-101112.png', at],
    ['Screenshot_20200716-101112_Maps.jpg', at],
    ['Screenshot_2020-07-16-10-11-12.png', at],
    ['Screenshot_2020-07-16-10-11-12-345_com.app.jpg', '2020-07-16T10:11:12.345Z'],
    ['Screenshot 2020-07-16 at 10.11.12.png', at],
    ['Screenshot 2020-07-16 at 10.11.12\u202fPM.png', '2020-07-16T22:11:12.000Z'],
    ['Bildschirmfoto 2020-07-16 um 10.11.12.png', at],
    ['signal-2020-07-16-101112.jpg', at],
    ['signal-2020-07-16-101112_001.jpg', at],
    ['signal-2020-07-16-10-11-12-345.jpg', '2020-07-16T10:11:12.345Z'],
    ['photo_2020-07-16_10-11-12.jpg', at],
    ['2020-07-16 10.11.12.jpg', at],
    ['2020-07-16 Grandma.jpg', '2020-07-16T00:00:00.000Z', 'day'],
    ['IMG_1234.jpg', null],
    ['DSC01234.JPG', null],
    ['IMG_20201316_101112.jpg', null],
    ['IMG_20200716_991112.jpg', null],
    ['12345678_123456789012.jpg', null],
    ['1594894272000.jpg', null],
    ['FB_IMG_1594894272000.jpg', null],
    ['', null],
    ['1'.repeat(100_000), null]
  ]
  for (const [name, local, precision = 'second', utc = false] of cases) {
    const moment = dateInName(name)
    const found = moment && [new Date(moment.local).toISOString(), moment.precision, moment.utc]
    t.alike(found, local === null ? null : [local, precision, utc], name.slice(0, 60))
  }
  t.is(captureDate({ name: 'IMG_00010203_040506.jpg' }, NOW), null, 'a date that cannot be')
})

test('media position: places', (t) => {
  t.alike(positionOf(1, 2, 3), { latitude: 1, longitude: 2, altitude: 3 })
  t.is(positionOf(0, 0), null)
  t.is(positionOf(Number.NaN, 1), null)
  t.is(positionOf(91, 1), null)
  t.is(positionOf(1, -181), null)
  t.is(positionOf('1', 2), null)
  t.is(positionOf(1, 2, Number.NaN)?.altitude, null)
  t.alike(parseIso6709('+52.2097-000.8955+081.379/'), {
    latitude: 52.2097,
    longitude: -0.8955,
    altitude: 81.379
  })
  t.alike(parseIso6709('+51.4169-000.0806/'), { latitude: 51.4169, longitude: -0.0806, altitude: null })
  t.alike(parseIso6709('+27.5916+086.5640+8850CRSWGS_84/'), {
    latitude: 27.5916,
    longitude: 86.564,
    altitude: 8850
  })
  for (const bad of ['', '+1', 'x', '+'.repeat(100_000), null, 1]) t.is(parseIso6709(bad), null)

  const loci = Uint8Array.from([
    0, 0, 0, 0, 0x55, 0xc4, 0x41, 0, 0, 0, 6, 0xad, 0x14, 0, 0x34, 0x5e, 0x8a, 0, 0x0a, 0, 0
  ])
  const place = parseLoci(loci)
  t.ok(
    Math.abs((place?.latitude ?? 0) - 52.36929) < 1e-4 && Math.abs((place?.longitude ?? 0) - 6.67609) < 1e-4
  )
  t.is(place?.altitude, 10)
  for (let length = 0; length < loci.length; length++) t.is(parseLoci(loci.subarray(0, length)), null)
})
