import type { Command, Option } from './command.ts'

// Every command, as it is typed. What they do lies in `commands/`, and is loaded when it is to run.

const SELECTION: Option[] = [
  { flags: '--from <date>', about: 'taken on this day or later: 2020-07-16, 2020-07 or 2020' },
  { flags: '--to <date>', about: 'taken before this day' },
  { flags: '--member <name>', about: 'added by this member' },
  { flags: '--type <type>', about: 'image, video, or a MIME type' },
  { flags: '--tag <tag>', about: 'with this tag' },
  { flags: '--collection <name>', about: 'in this collection' },
  { flags: '--favourite', about: 'your favourites' },
  { flags: '--trashed', about: 'the trash instead of the album' }
]

const DEVICE: Option = {
  flags: '--device <name>',
  about: 'what the family sees; this computer’s name unless told'
}
const WAITING: Option[] = [
  { flags: '--no-wait', about: 'do not wait until another device has the photos' },
  { flags: '--wait <time>', about: 'wait so long while nothing happens (30s unless told)' }
]
const YES: Option = { flags: '--yes', about: 'do not ask' }

export const COMMANDS: Command[] = [
  {
    name: 'create',
    args: '<name>',
    about: 'found an album',
    options: [{ flags: '--member <name>', about: 'your name' }, DEVICE],
    example: 'create "Our family" --member Dad',
    needs: 'nothing',
    load: async () => (await import('./commands/create.ts')).create
  },
  {
    name: 'join',
    args: '<code>',
    about: 'join an album with an invite’s code or link; - reads it from the standard input',
    options: [
      { flags: '--member <name>', about: 'your name' },
      DEVICE,
      { flags: '--timeout <time>', about: 'give up after this; run it again later to go on' }
    ],
    example: 'join hyperalbum:… --member Grandma',
    needs: 'nothing',
    load: async () => (await import('./commands/join.ts')).join
  },
  {
    name: 'invite',
    about: 'invite somebody, and stay online until they have joined',
    options: [
      { flags: '--role <role>', about: 'what they may do', choices: ['owner', 'contributor', 'viewer'] },
      { flags: '--expires <time>', about: '7d unless told; never for always' },
      { flags: '--uses <n>', about: 'how many may join; 1 unless told, 0 for any number' },
      { flags: '--approval', about: 'ask you about each' },
      { flags: '--no-wait', about: 'do not stay online' }
    ],
    example: 'invite --role viewer --expires 2d',
    needs: 'network',
    load: async () => (await import('./commands/invite.ts')).invite,
    commands: [
      {
        name: 'list',
        about: 'list the invites',
        example: 'invite list',
        needs: 'album',
        load: async () => (await import('./commands/invite.ts')).listInvites
      },
      {
        name: 'revoke',
        args: '<id>',
        about: 'let nobody else in with it',
        example: 'invite revoke 3fa9',
        needs: 'album',
        load: async () => (await import('./commands/invite.ts')).revokeInvite
      }
    ]
  },
  {
    name: 'requests',
    about: 'list those who wait for your approval',
    options: [{ flags: '--wait <time>', about: 'wait so long for somebody (20s unless told)' }],
    example: 'requests',
    needs: 'network',
    load: async () => (await import('./commands/requests.ts')).requests,
    commands: [
      {
        name: 'approve',
        args: '<id>',
        about: 'let somebody in',
        example: 'requests approve 3fa9',
        needs: 'network',
        load: async () => (await import('./commands/requests.ts')).approve
      },
      {
        name: 'deny',
        args: '<id>',
        about: 'send somebody away',
        example: 'requests deny 3fa9',
        needs: 'network',
        load: async () => (await import('./commands/requests.ts')).deny
      }
    ]
  },
  {
    name: 'members',
    about: 'list the people of the album',
    options: [{ flags: '--all', about: 'also those who left' }],
    example: 'members',
    needs: 'album',
    load: async () => (await import('./commands/members.ts')).members,
    commands: [
      {
        name: 'create',
        args: '<name>',
        about: 'make a person without a device, who comes through the portal of this one',
        options: [{ flags: '--role <role>', about: 'what they may do', choices: ['contributor', 'viewer'] }],
        example: 'members create Grandpa',
        needs: 'album',
        load: async () => (await import('./commands/members.ts')).createMember
      },
      {
        name: 'rename',
        args: '<member> <name>',
        about: 'rename yourself, or as an owner anybody',
        example: 'members rename Grandma Nonna',
        needs: 'album',
        load: async () => (await import('./commands/members.ts')).renameMember
      },
      {
        name: 'role',
        args: '<member> <role>',
        about: 'change what somebody may do: owner, contributor or viewer',
        example: 'members role Grandma owner',
        needs: 'album',
        load: async () => (await import('./commands/members.ts')).setRole
      },
      {
        name: 'remove',
        args: '<member>',
        about: 'remove somebody with all devices, or leave; what they added stays',
        options: [YES],
        example: 'members remove Ex',
        needs: 'network',
        load: async () => (await import('./commands/members.ts')).removeMember
      }
    ]
  },
  {
    name: 'devices',
    about: 'list the devices of all members',
    example: 'devices',
    needs: 'album',
    load: async () => (await import('./commands/devices.ts')).devices,
    commands: [
      {
        name: 'link',
        about: 'invite another device of yours, and stay online until it has joined',
        options: [
          { flags: '--expires <time>', about: '7d unless told' },
          { flags: '--no-wait', about: 'do not stay online' }
        ],
        example: 'devices link',
        needs: 'network',
        load: async () => (await import('./commands/devices.ts')).linkDevice
      },
      {
        name: 'remove',
        args: '<device>',
        about: 'remove a device of yours, or as an owner anybody’s',
        options: [YES],
        example: 'devices remove "Old laptop"',
        needs: 'network',
        load: async () => (await import('./commands/devices.ts')).removeDevice
      }
    ]
  },
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
    load: async () => (await import('./commands/add.ts')).add
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
    load: async () => (await import('./commands/import.ts')).importPhotos
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
    load: async () => (await import('./commands/ls.ts')).ls
  },
  {
    name: 'show',
    args: '<id...>',
    about: 'tell all about photos, by the first digits of their ids',
    options: [{ flags: '--history', about: 'what was changed, too' }],
    example: 'show 3fa9',
    needs: 'album',
    load: async () => (await import('./commands/show.ts')).show
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
    load: async () => (await import('./commands/get.ts')).get
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
    load: async () => (await import('./commands/edit.ts')).edit
  },
  {
    name: 'collections',
    about: 'list the collections',
    example: 'collections',
    needs: 'album',
    load: async () => (await import('./commands/collections.ts')).collections,
    commands: [
      {
        name: 'create',
        args: '<name>',
        about: 'make one',
        example: 'collections create "Summer 2020"',
        needs: 'album',
        load: async () => (await import('./commands/collections.ts')).createCollection
      },
      {
        name: 'rename',
        args: '<collection> <name>',
        about: 'rename one',
        example: 'collections rename "Summer 2020" Italy',
        needs: 'album',
        load: async () => (await import('./commands/collections.ts')).renameCollection
      },
      {
        name: 'delete',
        args: '<collection>',
        about: 'delete one; its photos stay in the album',
        example: 'collections delete Italy',
        needs: 'album',
        load: async () => (await import('./commands/collections.ts')).deleteCollection
      },
      {
        name: 'show',
        args: '<collection>',
        about: 'list the photos of one in its order',
        example: 'collections show Italy',
        needs: 'album',
        load: async () => (await import('./commands/collections.ts')).showCollection
      },
      {
        name: 'add',
        args: '<collection> <id...>',
        about: 'put photos into one',
        example: 'collections add Italy 3fa9 77c0',
        needs: 'album',
        load: async () => (await import('./commands/collections.ts')).addToCollection
      },
      {
        name: 'remove',
        args: '<collection> <id...>',
        about: 'take photos out of one',
        example: 'collections remove Italy 3fa9',
        needs: 'album',
        load: async () => (await import('./commands/collections.ts')).removeFromCollection
      },
      {
        name: 'cover',
        args: '<collection> <id>',
        about: 'choose the photo that stands for one',
        example: 'collections cover Italy 3fa9',
        needs: 'album',
        load: async () => (await import('./commands/collections.ts')).setCover
      }
    ]
  },
  {
    name: 'trash',
    args: '<id...>',
    about: 'put photos into the trash',
    example: 'trash 3fa9',
    needs: 'album',
    load: async () => (await import('./commands/trash.ts')).trash
  },
  {
    name: 'restore',
    args: '<id...>',
    about: 'take photos out of the trash',
    example: 'restore 3fa9',
    needs: 'album',
    load: async () => (await import('./commands/trash.ts')).restore
  },
  {
    name: 'purge',
    args: '<id...>',
    about: 'delete photos for good, on all devices',
    options: [YES],
    example: 'purge 3fa9',
    needs: 'album',
    load: async () => (await import('./commands/trash.ts')).purge
  },
  {
    name: 'export',
    args: '<folder>',
    about: 'write photos into a folder, by year and month; run it again to go on',
    options: [...SELECTION, { flags: '--strip', about: 'without place, serial numbers and the like' }],
    example: 'export /media/backup --from 2020',
    needs: 'network',
    load: async () => (await import('./commands/export.ts')).exportPhotos
  },
  {
    name: 'settle',
    about: 'wait until other devices have all that this one added',
    options: [
      { flags: '--copies <n>', about: 'how many other devices; 1 unless told' },
      { flags: '--timeout <time>', about: 'give up after this' }
    ],
    example: 'settle --copies 2 --timeout 1h',
    needs: 'network',
    load: async () => (await import('./commands/settle.ts')).settle
  },
  {
    name: 'serve',
    about: 'keep the album open and online, with a portal for browsers; all other commands work meanwhile',
    options: [
      { flags: '--lan', about: 'let the home network reach the portal, by links only' },
      { flags: '--port <n>', about: 'where the portal listens; 4747 unless told' },
      { flags: '--no-portal', about: 'no portal' },
      { flags: '--keep <variant>', about: 'fetch everybody’s: original, preview, thumbnail', many: true }
    ],
    example: 'serve --keep original --lan',
    needs: 'nothing',
    load: async () => (await import('./commands/serve.ts')).serve
  },
  {
    name: 'links',
    about: 'list the links that let people into the portal',
    example: 'links',
    needs: 'album',
    load: async () => (await import('./commands/links.ts')).links,
    commands: [
      {
        name: 'create',
        args: '<member>',
        about: 'make a link for a member, also one without a device',
        options: [
          {
            flags: '--uses <n>',
            about: 'how many times it opens the portal; 1 unless told, 0 for any number'
          },
          { flags: '--expires <time>', about: '7d unless told; never for always' }
        ],
        example: 'links create Grandpa',
        needs: 'album',
        load: async () => (await import('./commands/links.ts')).createLink
      },
      {
        name: 'revoke',
        args: '<id>',
        about: 'let nobody in with it any more, and those out who came in with it',
        example: 'links revoke 3fa9',
        needs: 'album',
        load: async () => (await import('./commands/links.ts')).revokeLink
      }
    ]
  },
  {
    name: 'status',
    about: 'tell how the album is, and who is online',
    example: 'status',
    needs: 'album',
    load: async () => (await import('./commands/status.ts')).status
  }
]
