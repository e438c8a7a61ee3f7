// Commands about keeping the album open, and how it is.
import type { Command } from '../command.ts'

export const RUNNING: Command[] = [
  {
    name: 'settle',
    about: 'wait until other devices have all that this one added',
    options: [
      { flags: '--copies <n>', about: 'how many other devices; 1 unless told' },
      { flags: '--timeout <time>', about: 'give up after this' }
    ],
    example: 'settle --copies 2 --timeout 1h',
    needs: 'network',
    load: async () => (await import('../commands/settle.ts')).settle
  },
  {
    name: 'serve',
    about: 'keep the album open and online; all other commands work meanwhile',
    options: [
      { flags: '--keep <variant>', about: 'fetch everybody’s: original, preview, thumbnail', many: true }
    ],
    example: 'serve --keep original',
    needs: 'nothing',
    load: async () => (await import('../commands/serve.ts')).serve
  },
  {
    name: 'status',
    about: 'tell how the album is, and who is online',
    example: 'status',
    needs: 'album',
    load: async () => (await import('../commands/status.ts')).status
  }
]
