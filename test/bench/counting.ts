// Lists what too few devices hold, in a process of its own: `counting.ts FOLDER` opens an album offline and prints how
// long all of `copies.health()` took (ms), how many photos it told of, and resident memory (bytes) before it and at most.
import { Album } from '../plain.ts'
import { peakOf } from '../renditions.ts'

const album = await Album.open(process.argv[2] as string, { network: false, keep: [] })
const before = process.memoryUsage.rss()
const begun = performance.now()
let lacking = 0
for await (const { photo } of album.copies.health()) if (photo.id) lacking++
const ms = performance.now() - begun
console.log(JSON.stringify({ ms, lacking, before, peak: peakOf(process.pid) }))
await album.close()
