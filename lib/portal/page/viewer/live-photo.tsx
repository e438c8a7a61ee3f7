// What moves of a Live Photo: over the still, as long as it is pressed, or once by the button.
import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import type { Cell } from '../../api.ts'
import { photoAddress } from '../client.ts'
import { say } from '../parts/say.tsx'
import { texts } from '../texts.ts'

interface Props {
  cell: Cell
  playing: boolean
  onPlaying: (playing: boolean) => void
}

/** How long a press is before it plays: a tap or a swipe is something else. */
const PRESS = 350

export function LivePhoto({ cell, playing, onPlaying }: Props): JSX.Element | null {
  const video = useRef<HTMLVideoElement>(null)

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    let pressed = false
    const down = (event: PointerEvent): void => {
      if (!(event.target instanceof Element) || !event.target.closest('.pswp__img')) return
      timer = setTimeout(() => {
        pressed = true
        onPlaying(true)
      }, PRESS)
    }
    const up = (): void => {
      clearTimeout(timer)
      if (pressed) onPlaying(false)
      pressed = false
    }
    const moved = (event: PointerEvent): void => {
      if (Math.abs(event.movementX) + Math.abs(event.movementY) > 6) clearTimeout(timer)
    }
    const menu = (event: Event): void => {
      if (pressed) event.preventDefault()
    }
    const stage = document.querySelector('.viewer .swipe')
    stage?.addEventListener('pointerdown', down as EventListener)
    stage?.addEventListener('contextmenu', menu)
    addEventListener('pointermove', moved)
    for (const name of ['pointerup', 'pointercancel'] as const) addEventListener(name, up)
    return () => {
      clearTimeout(timer)
      stage?.removeEventListener('pointerdown', down as EventListener)
      stage?.removeEventListener('contextmenu', menu)
      removeEventListener('pointermove', moved)
      for (const name of ['pointerup', 'pointercancel'] as const) removeEventListener(name, up)
    }
  }, [cell.id])

  if (!playing) return null
  return (
    <video
      ref={video}
      class="moving"
      src={photoAddress(cell.id, 'motion')}
      autoPlay
      playsInline
      aria-label={texts.viewer.playLive}
      onEnded={() => onPlaying(false)}
      onError={() => {
        say(texts.viewer.noVideo)
        onPlaying(false)
      }}
    />
  )
}
