// Commands about recovery kits.
import type { Command } from '../command.ts'
import { YES } from './options.ts'

const load = () => import('../commands/kit.ts')

export const KIT: Command[] = [
  {
    name: 'kit',
    about: 'list the recovery kits: files that bring the album back when every device is lost',
    example: 'kit',
    needs: 'album',
    load: async () => (await load()).kits,
    commands: [
      {
        name: 'create',
        args: '<file>',
        about: 'make one, sealed with a passphrase that is asked for, or read from the standard input',
        example: 'kit create family.kit',
        needs: 'network',
        load: async () => (await load()).createKit
      },
      {
        name: 'restore',
        args: '<file>',
        about: 'bring the album back with one, from a blind mirror or any device that is left',
        options: [
          { flags: '--timeout <time>', about: 'give up after this; run it again later to go on' },
          {
            flags: '--mirror <key>',
            about:
              'also look at this blind mirror, by the key that it shows: one set up after the kit was made',
            many: true
          },
          { flags: '--read-only', about: 'only to look at it and save photos: that does not use the kit' }
        ],
        example: 'kit restore family.kit',
        needs: 'nothing',
        load: async () => (await load()).restoreKit
      },
      {
        name: 'take-over',
        about: 'after that, where no other device will ever come back: make changes final on this one',
        options: [
          YES,
          {
            flags: '--even-if-behind',
            about: 'also where a blind mirror cannot be reached: what it alone has may be lost'
          }
        ],
        example: 'kit take-over',
        needs: 'network',
        load: async () => (await load()).takeOver
      },
      {
        name: 'remove',
        args: '<kit>',
        about: 'make one worthless that was lost, by its name or the first digits of its id',
        options: [YES],
        example: 'kit remove 7f3a',
        needs: 'network',
        load: async () => (await load()).removeKit
      }
    ]
  }
]
