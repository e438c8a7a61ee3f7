import { BareBase, dealt, putsSince, rowsOp } from './bare.ts'
import { type Benchmark, milliseconds, timed } from './harness.ts'
import { PHOTOS_PER_OP, appendEach, countPhotos, foundSession, photoOps } from './samples.ts'

const BARE_ARRAY = 250

/** What adding costs the index, without a byte of a photo, against the same puts on a bare base. */
export const indexing: Benchmark = {
  name: 'indexing',
  async run({ quick, folder, note }) {
    const count = quick ? 1000 : 20_000
    const ours: number[] = []
    const limits: number[] = []
    // Turn and turn about, since a machine gets faster and slower while it runs.
    for (let round = 0; round < (quick ? 1 : 2); round++) {
      const session = await foundSession(folder())
      const ops = await photoOps(session, 'Dad', count)
      const from = session.log.view.version
      const added = await timed(() => appendEach(session, ops))
      if ((await countPhotos(session)) !== count) throw new Error('Not all photos are in the index')
      const puts = await putsSince(session.log.view, from)
      await session.close()
      note(`album ${milliseconds(added.ms)}, ${puts.length} puts`)

      // The puts of each op of ours, dealt out to one op a photo.
      const rows = dealt(puts, count)
      const bytes = Math.ceil((ops[0]?.byteLength ?? 0) / PHOTOS_PER_OP)
      const bare = await BareBase.create(folder(), rows)
      const put = await timed(async () => {
        for (let at = 0; at < count; at += BARE_ARRAY) {
          const length = Math.min(BARE_ARRAY, count - at)
          await bare.base.append(Array.from({ length }, (_, i) => rowsOp(at + i, bytes)))
        }
      })
      await bare.close()
      note(`bare ${milliseconds(put.ms)}`)
      ours.push(added.ms)
      limits.push(put.ms)
    }
    const [best, limit] = [Math.min(...ours), Math.min(...limits)]
    return [
      {
        what: `index of ${count} photos added`,
        ours: `${Math.round((count / best) * 1000)} photos/s`,
        limit: `${Math.round((count / limit) * 1000)} photos/s`,
        ratio: limit / best,
        target: { atLeast: 0.9 }
      }
    ]
  }
}
