// Dates in file names, as phones and messengers write them; seen in the wild, 2010 to 2025.

import { type Moment, momentOf } from './moments.ts'

const DATE = '(?<year>\\d{4})(?<month>\\d{2})(?<day>\\d{2})'
const TIME = '(?<hour>\\d{2})(?<minute>\\d{2})(?<second>\\d{2})'
const DASHED = '(?<year>\\d{4})-(?<month>\\d{2})-(?<day>\\d{2})'
const SEPARATED = '(?<hour>\\d{1,2})[-.:_](?<minute>\\d{2})[-.:_](?<second>\\d{2})'
const MS = '(?<fraction>\\d{3})'

interface Form {
  pattern: RegExp
  /** Whether the name's time is in UTC instead of the clock on the wall. */
  utc?: boolean
}

// The first that fits counts, so the particular ones come first.
const FORMS: Form[] = [
  // Google Pixel: PXL_20210723_145619123.MP.jpg
  { pattern: new RegExp(`^PXL_${DATE}_${TIME}${MS}?`, 'i'), utc: true },
  // OneDrive and Microsoft Photos from iPhones: 20200716_101112000_iOS.jpg
  { pattern: new RegExp(`^${DATE}_${TIME}${MS}?_iOS`, 'i'), utc: true },
  // WhatsApp: IMG-20200716-WA0001.jpg, the day on which it was sent
  { pattern: new RegExp(`^[A-Z]{3,5}-${DATE}-WA\\d+`, 'i') },
  // WhatsApp Image 2020-07-16 at 10.11.12 (1).jpeg, and macOS: Screenshot 2020-07-16 at 10.11.12 PM.png
  { pattern: new RegExp(`${DASHED} (?:at|um|à|a las) ${SEPARATED}(?:[\\s\\u202f]?(?<half>[AP]M))?`, 'i') },
  // Signal: signal-2020-07-16-101112.jpg, signal-2020-07-16-10-11-12-345.jpg
  { pattern: new RegExp(`^signal-${DASHED}-(?:${TIME}(?!\\d))`, 'i') },
  { pattern: new RegExp(`^signal-${DASHED}-${SEPARATED}(?:-${MS})?`, 'i') },
  // Android: IMG_20200716_101112.jpg, VID_…, MVIMG_…, Screenshot_20200716-101112.png; Samsung: 20200716_101112.jpg
  { pattern: new RegExp(`(?:^|[_-])${DATE}[_-]${TIME}(?:[_-]?${MS})?(?!\\d)`, 'i') },
  // Screenshot_2020-07-16-10-11-12.png; Telegram: photo_2020-07-16_10-11-12.jpg; Dropbox: 2020-07-16 10.11.12.jpg
  { pattern: new RegExp(`(?:^|[_ -])${DASHED}[_ T-]${SEPARATED}(?:[-.]${MS})?(?!\\d)`, 'i') },
  // A day written by hand: 2020-07-16 Grandma.jpg
  { pattern: new RegExp(`(?:^|[_ ])${DASHED}(?!\\d)`) }
]

/** The date that a file's name tells, or null. */
export function dateInName(name: string): Moment | null {
  for (const { pattern, utc = false } of FORMS) {
    const groups = pattern.exec(name)?.groups
    if (!groups) continue
    const moment = momentOf({ ...groups, hour: hourOf(groups['hour'], groups['half']) })
    if (moment) return { ...moment, offset: utc ? 0 : null, utc }
  }
  return null
}

function hourOf(hour: string | undefined, half: string | undefined): string | undefined {
  if (hour === undefined || half === undefined) return hour
  return String((Number(hour) % 12) + (half.toUpperCase() === 'PM' ? 12 : 0))
}
