// Commands about the device that signs the index.
import type { Command } from '../command.ts'
import { YES } from './options.ts'

const load = () => import('../commands/indexer.ts')

export const INDEXER: Command[] = [
  {
    name: 'indexer',
    about: 'tell which device makes changes final, and who follows where it is lost',
    example: 'indexer',
    needs: 'album',
    load: async () => (await load()).indexer,
    commands: [
      {
        name: 'hand-over',
        args: '<device>',
        about: 'have another device do it, best one that is always on',
        example: 'indexer hand-over attic',
        needs: 'network',
        load: async () => (await load()).handOver
      },
      {
        name: 'heirs',
        args: '<device...>',
        about: 'name who follows where it is lost, in this order; may make them owners',
        example: 'indexer heirs "Mum’s PC"',
        needs: 'album',
        load: async () => (await load()).heirs
      },
      {
        name: 'take-over',
        about: 'follow it on this device: it is lost for good',
        options: [
          { flags: '--even-if-online', about: 'also while it is online, as where it was stolen' },
          YES
        ],
        example: 'indexer take-over',
        needs: 'network',
        load: async () => (await load()).takeOver
      }
    ]
  }
]
