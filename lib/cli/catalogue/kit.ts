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
        options: [{ flags: '--timeout <time>', about: 'give up after this; run it again later to go on' }],
        example: 'kit restore family.kit',
        needs: 'nothing',
        load: async () => (await load()).restoreKit
      },
      {
        name: 'take-over',
        about: 'after that, where no other device will ever come back: make changes final on this one',
        options: [YES],
        example: 'kit take-over',
        needs: 'network',
        load: async () => (await load()).takeOver
      }
    ]
  }
]
