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
  },
  {
    name: 'blind',
    about: 'list the blind mirrors: boxes that hold the album encrypted, for when all devices are off',
    example: 'blind',
    needs: 'album',
    load: async () => (await import('../commands/blind.ts')).blinds,
    commands: [
      {
        name: 'create',
        args: '[name]',
        about: 'make a code for a box, and stay online until it has used it',
        options: [
          { flags: '--expires <time>', about: '7d unless told' },
          { flags: '--no-wait', about: 'do not stay online' }
        ],
        example: 'blind create "Box in the attic"',
        needs: 'network',
        load: async () => (await import('../commands/blind.ts')).createBlind
      },
      {
        name: 'remove',
        args: '<mirror>',
        about: 'let no device use it any more',
        options: [YES],
        example: 'blind remove "Box in the attic"',
        needs: 'album',
        load: async () => (await import('../commands/blind.ts')).removeBlind
      },
      {
        name: 'run',
        args: '<folder> [code]',
        about:
          'be a blind mirror, in a folder that is set up with a code the first time; - reads it from the standard input',
        options: [
          { flags: '--max <size>', about: 'how much of the disk it may take: 500GB; all unless told' }
        ],
        example: 'blind run /srv/family --max 500GB',
        needs: 'nothing',
        load: async () => (await import('../commands/blind.ts')).runBlind
      }
    ]
  }
]
