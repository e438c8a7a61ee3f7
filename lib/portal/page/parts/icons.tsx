// Drawings of 24 by 24, in the colour of the text beside them.
import type { JSX } from 'preact'

const SHAPES = {
  photos: 'M4 5.500h16v13H4zM4 16l4.500-4.500 4 4 2.500-2.500 5 5M15.500 9.500h.01',
  heart:
    'M12 19.500s-7.500-4.500-7.500-10A4.200 4.200 0 0 1 12 7.200a4.200 4.200 0 0 1 7.500 2.300c0 5.500-7.500 10-7.500 10z',
  albums: 'M7 4h10M5.500 7.500h13M4 11h16v9H4z',
  people:
    'M9 11.500a3.200 3.200 0 1 0 0-6.400 3.200 3.200 0 0 0 0 6.400zM3 19c.4-3.200 2.800-5 6-5s5.600 1.800 6 5M15.500 5.500a3 3 0 0 1 0 5.800M17.500 14.300c2 .6 3.200 2.300 3.500 4.700',
  trash:
    'M4.500 7h15M9.500 7V4.500h5V7M6.500 7l.8 12.500h9.400L17.500 7M10.200 10.500v5.500M13.800 10.500v5.500',
  status: 'M4 13h3.500l2-6.500 4 12 2.300-5.500H20',
  more: 'M6 12h.01M12 12h.01M18 12h.01',
  plus: 'M12 5v14M5 12h14',
  close: 'M6 6l12 12M18 6L6 18',
  check: 'M5 12.500l4.500 4.500L19 7.500',
  back: 'M14.500 5.500L8 12l6.500 6.500',
  forward: 'M9.500 5.500L16 12l-6.500 6.500',
  up: 'M6 14.500l6-6 6 6',
  down: 'M6 9.500l6 6 6-6',
  filter: 'M4 6.500h16M7 12h10M10 17.500h4',
  download: 'M12 4v11M7.500 11l4.500 4.500L16.500 11M5 19.500h14',
  play: 'M8 5.500v13l10.500-6.500z',
  pause: 'M8.500 6v12M15.500 6v12',
  live: 'M12 14a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM12 17.200a5.200 5.200 0 1 0 0-10.400 5.200 5.200 0 0 0 0 10.400zM12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z',
  info: 'M12 20.500a8.500 8.500 0 1 0 0-17 8.500 8.500 0 0 0 0 17zM12 11v5.500M12 7.800h.01',
  zoom: 'M10.500 16a5.500 5.500 0 1 0 0-11 5.500 5.500 0 0 0 0 11zM14.600 14.600L20 20M10.500 8v5M8 10.500h5',
  restore: 'M5 5v4.500h4.500M5.300 9.300A7.500 7.500 0 1 1 4.500 13',
  edit: 'M5 19l.8-3.800L15.500 5.500l3 3L8.800 18.200zM13.500 7.500l3 3',
  link: 'M10 14a3.800 3.800 0 0 0 5.400 0l3-3A3.800 3.800 0 1 0 13 5.600l-1 1M14 10a3.800 3.800 0 0 0-5.400 0l-3 3A3.800 3.800 0 1 0 11 18.400l1-1',
  device: 'M7.500 3.500h9v17h-9zM11 17.500h2',
  out: 'M10 5H5v14h5M14 8l4 4-4 4M18 12H9.500',
  warning: 'M12 4.500l8.500 15h-17zM12 10v4.500M12 17h.01'
} as const

export type IconName = keyof typeof SHAPES

export function Icon({ name, filled }: { name: IconName; filled?: boolean }): JSX.Element {
  return (
    <svg class={filled ? 'icon filled' : 'icon'} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={SHAPES[name]} />
    </svg>
  )
}
