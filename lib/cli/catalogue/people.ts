// Commands about who is in the album, and how they come in.
import type { Command, Option } from '../command.ts'
import { YES } from './options.ts'

const DEVICE: Option = {
  flags: '--device <name>',
  about: 'what the family sees; this computer’s name unless told'
}
const LISTENING: Option = {
  flags: '--wait <time>',
  about: 'wait so long for somebody to ask; 20s unless told, never for no end'
}

export const PEOPLE: Command[] = [
  {
    name: 'create',
    args: '<name>',
    about: 'found an album',
    options: [{ flags: '--member <name>', about: 'your name' }, DEVICE],
    example: 'create "Our family" --member Dad',
    needs: 'nothing',
    load: async () => (await import('../commands/create.ts')).create
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
    load: async () => (await import('../commands/join.ts')).join
  },
  {
    name: 'invite',
    about: 'invite somebody, and stay online until they have joined',
    options: [
      {
        flags: '--role <role>',
        about: 'what they may do',
        choices: ['owner', 'contributor', 'viewer', 'mirror']
      },
      { flags: '--expires <time>', about: '7d unless told; never for always' },
      { flags: '--uses <n>', about: 'how many may join; 1 unless told, 0 for any number' },
      { flags: '--approval', about: 'ask you about each' },
      {
        flags: '--answered-by <device>',
        about: 'who lets them in, so that this computer may be off: the family’s mirror'
      },
      { flags: '--no-wait', about: 'do not stay online' }
    ],
    example: 'invite --role viewer --answered-by Mirror',
    needs: 'network',
    load: async () => (await import('../commands/invite.ts')).invite,
    commands: [
      {
        name: 'list',
        about: 'list the invites',
        example: 'invite list',
        needs: 'album',
        load: async () => (await import('../commands/invite.ts')).listInvites
      },
      {
        name: 'revoke',
        args: '<id>',
        about: 'let nobody else in with it',
        example: 'invite revoke 3fa9',
        needs: 'album',
        load: async () => (await import('../commands/invite.ts')).revokeInvite
      }
    ]
  },
  {
    name: 'requests',
    about: 'list those who wait for your approval',
    options: [LISTENING],
    example: 'requests',
    needs: 'network',
    load: async () => (await import('../commands/requests.ts')).requests,
    commands: [
      {
        name: 'approve',
        args: '<id>',
        about: 'let somebody in',
        options: [LISTENING],
        example: 'requests approve 3fa9',
        needs: 'network',
        load: async () => (await import('../commands/requests.ts')).approve
      },
      {
        name: 'deny',
        args: '<id>',
        about: 'send somebody away',
        options: [LISTENING],
        example: 'requests deny 3fa9',
        needs: 'network',
        load: async () => (await import('../commands/requests.ts')).deny
      }
    ]
  },
  {
    name: 'members',
    about: 'list the people of the album',
    options: [{ flags: '--all', about: 'also those who left' }],
    example: 'members',
    needs: 'album',
    load: async () => (await import('../commands/members.ts')).members,
    commands: [
      {
        name: 'create',
        args: '<name>',
        about: 'make a person without a device, who comes through the portal of this one',
        options: [{ flags: '--role <role>', about: 'what they may do', choices: ['contributor', 'viewer'] }],
        example: 'members create Grandpa',
        needs: 'album',
        load: async () => (await import('../commands/members.ts')).createMember
      },
      {
        name: 'rename',
        args: '<member> <name>',
        about: 'rename yourself, or as an owner anybody',
        example: 'members rename Grandma Nonna',
        needs: 'album',
        load: async () => (await import('../commands/members.ts')).renameMember
      },
      {
        name: 'role',
        args: '<member> <role>',
        about: 'change what somebody may do: owner, contributor or viewer',
        example: 'members role Grandma owner',
        needs: 'album',
        load: async () => (await import('../commands/members.ts')).setRole
      },
      {
        name: 'remove',
        args: '<member>',
        about: 'remove somebody with all devices, or leave; what they added stays',
        options: [YES],
        example: 'members remove Ex',
        needs: 'network',
        load: async () => (await import('../commands/members.ts')).removeMember
      }
    ]
  },
  {
    name: 'devices',
    about: 'list the devices of all members',
    example: 'devices',
    needs: 'album',
    load: async () => (await import('../commands/devices.ts')).devices,
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
        load: async () => (await import('../commands/devices.ts')).linkDevice
      },
      {
        name: 'remove',
        args: '<device>',
        about: 'remove a device of yours, or as an owner anybody’s',
        options: [YES],
        example: 'devices remove "Old laptop"',
        needs: 'network',
        load: async () => (await import('../commands/devices.ts')).removeDevice
      }
    ]
  }
]
