// What moves of a Live Photo, over the still.
import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import type { Cell } from '../../api.ts'
import { photoAddress } from '../client.ts'
import { say } from '../parts/say.tsx'
import { texts } from '../texts.ts'

interface Props {
  cell: Cell
  onEnd: () => void
}

export function LivePhoto({ cell, onEnd }: Props): JSX.Element {
  const video = useRef<HTMLVideoElement>(null)
  useEffect(() => {
    const { current } = video
    // A press is no click: browsers may refuse its sound.
    current?.play().catch(() => {
      current.muted = true
      current.play().catch(() => {})
    })
  }, [])
  return (
    <video
      ref={video}
      class="moving"
      src={photoAddress(cell.id, 'motion')}
      playsInline
      aria-label={texts.viewer.playLive}
      onEnded={onEnd}
      onError={() => {
        say(texts.viewer.noVideo)
        onEnd()
      }}
    />
  )
}
