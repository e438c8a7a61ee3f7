// One photo after another by itself.
import { useEffect } from 'preact/hooks'
import type { Stage } from './stage.ts'

/** How long a photo stays. */
const STAY = 4000
/** One that is still on its way is looked for so often. */
const SOON = 500

/** Steps on `STAY` after each photo that comes to be seen, and after the end of a video. */
export function useSlideshow(
  stage: Stage | null,
  { playing, seen, onnext }: { playing: boolean; seen: string | undefined; onnext: () => void }
): void {
  useEffect(() => {
    if (!playing || !stage) return
    let timer: ReturnType<typeof setTimeout> | undefined
    const wait = (milliseconds: number): void => {
      clearTimeout(timer)
      timer = setTimeout(() => (stage.isLoading ? wait(SOON) : onnext()), milliseconds)
    }
    const { video } = stage
    const begin = (): void => {
      // Nobody looks: it would be over when they come back.
      if (document.visibilityState === 'hidden') {
        clearTimeout(timer)
        video?.pause()
      } else if (!video || video.error) wait(STAY)
      // Where a browser plays nothing by itself, it is seen like a photo.
      else video.play().catch(() => wait(STAY))
    }
    const stay = (): void => wait(STAY)
    begin()
    document.addEventListener('visibilitychange', begin)
    video?.addEventListener('ended', onnext)
    video?.addEventListener('error', stay)
    return () => {
      clearTimeout(timer)
      document.removeEventListener('visibilitychange', begin)
      video?.removeEventListener('ended', onnext)
      video?.removeEventListener('error', stay)
    }
  }, [stage, playing, seen])
}
