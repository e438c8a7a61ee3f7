// Amounts in words for people.

/** Bytes: `3.4 MB`, in powers of ten as disks are sold. */
export function bytesOf(bytes: number): string {
  const names = ['B', 'kB', 'MB', 'GB', 'TB']
  let value = bytes
  let at = 0
  while (value >= 999.5 && at < names.length - 1) {
    value /= 1000
    at++
  }
  return `${at > 0 && value < 99.95 ? value.toFixed(1) : Math.round(value)} ${names[at]}`
}

/** Seconds: `42 s`, `3 min`, `2 h 5 min`. */
export function durationOf(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 60) return `${minutes} min`
  return minutes < 600 ? `${Math.floor(minutes / 60)} h ${minutes % 60} min` : `${Math.round(minutes / 60)} h`
}
