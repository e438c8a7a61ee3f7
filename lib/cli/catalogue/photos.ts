// Commands about what goes in and out, and what is said about it.
import type { Command, Option } from '../command.ts'
import { SELECTION, YES } from './options.ts'

const WAITING: Option[] = [
  { flags: '--no-wait', about: 'do not wait until another device has the photos' },
  {
    flags: '--wait <time>',
    about: 'leave when none has arrived anywhere for so long; 30s unless told, 2m with others online'
  }
]

export const PHOTOS: Command[] = [
  {
    name: 'add',
    args: '<photo...>',
    about: 'add photos and videos; - reads one from the standard input',
    options: [
      { flags: '--caption <text>', about: 'what is to be seen' },
      { flags: '--tag <tag>', about: 'a tag', many: true },
      { flags: '--date <date>', about: 'when it was taken, where the file does not know better' },
      { flags: '--collection <name>', about: 'put them into it', many: true },
      { flags: '--name <name>', about: 'the name of what comes by the standard input' },
      { flags: '--restore', about: 'take those that lie in the trash out of it' },
      ...WAITING
    ],
    example: 'add IMG_0001.jpg IMG_0002.heic --tag beach',
    needs: 'network',
    load: async () => (await import('../commands/add.ts')).add
  },
  {
    name: 'import',
    args: '<folder>',
    about: 'add what is new in a folder; run it again as often as you like',
    options: [
      { flags: '--dry-run', about: 'only say what it would do' },
      { flags: '--watch', about: 'go on with what is put there later' },
      { flags: '--collections', about: 'make a collection of each sub-folder' },
      ...WAITING
    ],
    example: 'import ~/Pictures --collections',
    needs: 'network',
    load: async () => (await import('../commands/import.ts')).importPhotos
  },
  {
    name: 'ls',
    about: 'list photos, the oldest first',
    options: [
      ...SELECTION,
      { flags: '--reverse', about: 'the newest first' },
      { flags: '--limit <n>', about: 'at most so many' }
    ],
    example: 'ls --from 2020 --to 2021 --member Grandma',
    needs: 'album',
    load: async () => (await import('../commands/ls.ts')).ls
  },
  {
    name: 'show',
    args: '<id...>',
    about: 'tell all about photos, by the first digits of their ids',
    options: [{ flags: '--history', about: 'what was changed, too' }],
    example: 'show 3fa9',
    needs: 'album',
    load: async () => (await import('../commands/show.ts')).show
  },
  {
    name: 'get',
    args: '<id...>',
    about: 'fetch photos into this folder, by the first digits of their ids',
    options: [
      { flags: '--to <path>', about: 'a folder, or a file; - for the standard output' },
      {
        flags: '--variant <variant>',
        about: 'which bytes',
        choices: ['original', 'preview', 'thumbnail', 'motion']
      },
      { flags: '--strip', about: 'without place, serial numbers and the like' }
    ],
    example: 'get 3fa9 --to beach.jpg',
    needs: 'network',
    load: async () => (await import('../commands/get.ts')).get,
    here: async () => (await import('../commands/get.ts')).areHere
  },
  {
    name: 'edit',
    args: '<id...>',
    about: 'change what is said about photos',
    options: [
      { flags: '--caption <text>', about: 'what is to be seen; "" for nothing' },
      { flags: '--tag <tag>', about: 'put a tag on', many: true },
      { flags: '--untag <tag>', about: 'take a tag off', many: true },
      { flags: '--date <date>', about: 'when it was taken: 2020-07-16T11:44:00+02:00, or less of it' },
      { flags: '--favourite', about: 'a favourite of yours' },
      { flags: '--no-favourite', about: 'not any more' }
    ],
    example: 'edit 3fa9 --caption "On the beach" --tag summer',
    needs: 'album',
    load: async () => (await import('../commands/edit.ts')).edit
  },
  {
    name: 'collections',
    about: 'list the collections',
    example: 'collections',
    needs: 'album',
    load: async () => (await import('../commands/collections.ts')).collections,
    commands: [
      {
        name: 'create',
        args: '<name>',
        about: 'make one',
        example: 'collections create "Summer 2020"',
        needs: 'album',
        load: async () => (await import('../commands/collections.ts')).createCollection
      },
      {
        name: 'rename',
        args: '<collection> <name>',
        about: 'rename one',
        example: 'collections rename "Summer 2020" Italy',
        needs: 'album',
        load: async () => (await import('../commands/collections.ts')).renameCollection
      },
      {
        name: 'delete',
        args: '<collection>',
        about: 'delete one; its photos stay in the album',
        example: 'collections delete Italy',
        needs: 'album',
        load: async () => (await import('../commands/collections.ts')).deleteCollection
      },
      {
        name: 'show',
        args: '<collection>',
        about: 'list the photos of one in its order',
        example: 'collections show Italy',
        needs: 'album',
        load: async () => (await import('../commands/collections.ts')).showCollection
      },
      {
        name: 'add',
        args: '<collection> <id...>',
        about: 'put photos into one',
        example: 'collections add Italy 3fa9 77c0',
        needs: 'album',
        load: async () => (await import('../commands/collections.ts')).addToCollection
      },
      {
        name: 'remove',
        args: '<collection> <id...>',
        about: 'take photos out of one',
        example: 'collections remove Italy 3fa9',
        needs: 'album',
        load: async () => (await import('../commands/collections.ts')).removeFromCollection
      },
      {
        name: 'cover',
        args: '<collection> <id>',
        about: 'choose the photo that stands for one',
        example: 'collections cover Italy 3fa9',
        needs: 'album',
        load: async () => (await import('../commands/collections.ts')).setCover
      }
    ]
  },
  {
    name: 'trash',
    args: '<id...>',
    about: 'put photos into the trash',
    example: 'trash 3fa9',
    needs: 'album',
    load: async () => (await import('../commands/trash.ts')).trash
  },
  {
    name: 'restore',
    args: '<id...>',
    about: 'take photos out of the trash',
    example: 'restore 3fa9',
    needs: 'album',
    load: async () => (await import('../commands/trash.ts')).restore
  },
  {
    name: 'purge',
    args: '<id...>',
    about: 'delete photos for good, on all devices',
    options: [YES],
    example: 'purge 3fa9',
    needs: 'album',
    load: async () => (await import('../commands/trash.ts')).purge
  },
  {
    name: 'export',
    args: '<folder>',
    about: 'write photos into a folder, by year and month; run it again to go on',
    options: [...SELECTION, { flags: '--strip', about: 'without place, serial numbers and the like' }],
    example: 'export /media/backup --from 2020',
    needs: 'network',
    load: async () => (await import('../commands/export.ts')).exportPhotos
  }
]
