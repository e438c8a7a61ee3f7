import { spawn } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import b4a from 'b4a'
import type { MediaSource } from '../file.ts'

// A frame of 8K as PNG.
const MOST_BYTES = 100 * 1024 * 1024
const MOST_PIXELS = 1600

/**
 * A video's first frame as PNG, by the `ffmpeg` on PATH; null where there is none, or where it cannot. It decodes a
 * stranger's file, as the processes of the pool do: in a process of its own, without a shell or environment, bound in
 * time, with the one file to read and a pipe to write to.
 */
export async function posterOf(
  source: MediaSource,
  { signal, timeout }: { signal: AbortSignal; timeout: number }
): Promise<Uint8Array | null> {
  const program = await findProgram('ffmpeg')
  if (program === null || signal.aborted) return null
  if ('path' in source) return frameOf(program, source.path, signal, timeout)
  // Cameras write a video's index behind its pictures: it cannot be read from a pipe.
  const folder = await fs.promises.mkdtemp(path.join(os.tmpdir(), 'hyperalbum-'))
  try {
    const file = path.join(folder, 'video')
    await fs.promises.writeFile(file, source.bytes, { mode: 0o600 })
    return await frameOf(program, file, signal, timeout)
  } finally {
    await fs.promises.rm(folder, { recursive: true, force: true })
  }
}

function frameOf(
  program: string,
  file: string,
  signal: AbortSignal,
  timeout: number
): Promise<Uint8Array | null> {
  const box = `'min(${MOST_PIXELS},iw)':'min(${MOST_PIXELS},ih)':force_original_aspect_ratio=decrease`
  const args = [
    words('-nostdin -loglevel quiet -threads 1'),
    // Ends by itself, should this process be gone: seconds of processor time.
    words(`-timelimit ${Math.ceil(timeout / 1000)}`),
    // Nothing but a MOV or MP4 from a file: a playlist could name others.
    [...words('-protocol_whitelist file -f mov -i'), `file:${file}`],
    [...words('-map 0:v:0 -frames:v 1 -an -sn -dn -map_metadata -1 -vf'), `scale=${box}`],
    words('-c:v png -f image2pipe pipe:1')
  ].flat()
  return new Promise((resolve) => {
    const child = spawn(program, args, { env: {}, stdio: ['ignore', 'pipe', 'ignore'] })
    const chunks: Uint8Array[] = []
    let bytes = 0
    const end = (): void => {
      child.kill('SIGKILL')
    }
    const timer = setTimeout(end, timeout)
    signal.addEventListener('abort', end)
    child.stdout.on('data', (chunk: Uint8Array) => {
      bytes += chunk.byteLength
      if (bytes > MOST_BYTES) end()
      else chunks.push(chunk)
    })
    const finish = (frame: Uint8Array | null): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve(frame)
    }
    child.on('error', () => finish(null))
    child.on('close', (code) => finish(code === 0 && bytes > 0 ? b4a.concat(chunks) : null))
  })
}

function words(text: string): string[] {
  return text.split(' ')
}

/** Where a program lies on PATH; null where it does not. */
async function findProgram(name: string): Promise<string | null> {
  const file = process.platform === 'win32' ? `${name}.exe` : name
  for (const folder of (process.env['PATH'] ?? '').split(path.delimiter)) {
    // A relative folder means something else wherever the program is started.
    if (!path.isAbsolute(folder)) continue
    const candidate = path.join(folder, file)
    const usable = await fs.promises.access(candidate, fs.constants.X_OK).then(
      () => true,
      () => false
    )
    if (usable) return candidate
  }
  return null
}
