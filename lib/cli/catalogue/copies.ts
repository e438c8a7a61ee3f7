// Commands about whose devices hold the originals.
import type { Command } from '../command.ts'
import { SELECTION, YES } from './options.ts'

export const COPIES: Command[] = [
  {
    name: 'health',
    about: 'count the photos that fewer devices hold than are promised; with --json, each of them',
    example: 'health',
    needs: 'album',
    load: async () => (await import('../commands/health.ts')).health
  },
  {
    name: 'promise',
    args: '[copies]',
    about: 'say on how many devices each original is to be; as an owner, change it',
    example: 'promise 3',
    needs: 'album',
    load: async () => (await import('../commands/promise.ts')).promise
  },
  {
    name: 'free',
    args: '[id...]',
    about: 'take originals off this disk that enough other devices hold; small pictures stay',
    options: [
      ...SELECTION,
      YES,
      { flags: '--timeout <time>', about: 'wait so long for the album to decide; 30s unless told' }
    ],
    example: 'free --to 2020',
    needs: 'network',
    load: async () => (await import('../commands/free.ts')).free
  }
]
