import { AlbumError } from './errors.ts'

// Imported before all that stands on native parts: where there are none, their own words name a file of theirs.

/** What of a process says whether the native parts run in it. */
export interface Platform {
  platform: string
  arch: string
  /** The version of glibc, as `process.report` has it; null on Linux with another C library, such as Alpine's. */
  glibc: string | null
}

// For all of them sodium-native 5.1, rocksdb-native 3.18 and udx-native 1.21 bring what is built.
const BUILT = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64', 'win32-x64', 'win32-arm64']
// What those for Linux on ARM were linked with.
const ARM_GLIBC = [2, 34] as const

/** Why hyperalbum does not run on a platform, and what would; null where it does, or nobody knows. */
export function whyNot({ platform, arch, glibc }: Platform): string | null {
  // Phones bring a runtime of their own.
  if (platform === 'android' || platform === 'ios') return null
  if (platform === 'linux' && arch === 'arm') {
    return `${words(platform, arch)}: take a 64-bit system, which a Raspberry Pi 3 and later run`
  }
  if (!BUILT.includes(`${platform}-${arch}`)) return words(platform, arch)
  if (platform !== 'linux') return null
  if (glibc === null) {
    return `${words(platform, arch)} with musl: take a system with glibc, such as Debian (in a container, node:20-slim and not node:20-alpine)`
  }
  const [major = 0, minor = 0] = glibc.split('.').map(Number)
  const old = major < ARM_GLIBC[0] || (major === ARM_GLIBC[0] && minor < ARM_GLIBC[1])
  if (arch !== 'arm64' || !old) return null
  return `${words(platform, arch)} with glibc ${glibc}: take a system with ${ARM_GLIBC.join('.')} or later, such as Debian 12`
}

function words(platform: string, arch: string): string {
  return `The native parts of hyperalbum are not built for ${platform} on ${arch}`
}

interface NodeProcess {
  platform: string
  arch: string
  versions?: { node?: string }
  report: { excludeNetwork?: boolean; getReport(): object }
}

/** This process; null under another runtime than Node. */
function ownPlatform(): Platform | null {
  const own = (globalThis as { process?: NodeProcess }).process
  if (own?.versions?.node === undefined) return null
  const { platform, arch } = own
  return { platform, arch, glibc: platform === 'linux' ? glibcOf(own) : null }
}

function glibcOf({ report }: NodeProcess): string | null {
  // The addresses of this machine take seconds where names do not resolve.
  const { excludeNetwork = false } = report
  report.excludeNetwork = true
  const { header } = report.getReport() as { header?: { glibcVersionRuntime?: string } }
  report.excludeNetwork = excludeNetwork
  return header?.glibcVersionRuntime ?? null
}

const own = ownPlatform()
const reason = own && whyNot(own)
if (reason !== null) throw new AlbumError('UNSUPPORTED_PLATFORM', reason)
