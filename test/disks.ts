// A disk that runs full: a tmpfs of its own, which only root may mount.
import { execFileSync } from 'node:child_process'
import type { Assertions } from 'brittle'
import { tmp } from './helpers.ts'

export interface Disk {
  folder: string
  resize(megabytes: number): void
}

/** A small disk; null, and said, where it cannot be had. */
export function smallDisk(t: Assertions, megabytes: number): Disk | null {
  const folder = tmp(t)
  const mount = (options: string): void => {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder], { stdio: 'ignore' })
  }
  try {
    mount(`size=${megabytes}m`)
  } catch {
    t.comment('skipped: a small disk cannot be mounted here')
    t.pass('skipped')
    return null
  }
  t.teardown(() => execFileSync('umount', [folder]), { order: 500 })
  return { folder, resize: (size) => mount(`remount,size=${size}m`) }
}
