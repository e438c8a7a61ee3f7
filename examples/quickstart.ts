// An album on this machine alone: made, filled, listed, read. Photos to add may be given as arguments.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { Album } from '../index.ts'

// One red pixel, for want of a photo.
const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR42mP4z8AAAAMBAQD3A0FDAAAAAElFTkSuQmCC'
const photos = process.argv.slice(2)

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hyperalbum-'))
const album = await Album.create(folder, { name: 'Our family', member: 'Dad', network: false })

if (photos.length === 0) await album.add(Buffer.from(PIXEL, 'base64'), { name: 'pixel.png', caption: 'Red' })
for (const file of photos) await album.add(file)

for await (const photo of album.list({ reverse: true })) {
  let bytes = 0
  for await (const chunk of album.read(photo.id)) bytes += chunk.byteLength
  console.log(photo.capturedAt.local, photo.by.name, photo.name, photo.type, bytes, 'bytes', photo.caption)
}

await album.close()
fs.rmSync(folder, { recursive: true })
