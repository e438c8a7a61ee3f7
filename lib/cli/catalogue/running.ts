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
    about: 'keep the album open and online, with a portal for browsers; all other commands work meanwhile',
    options: [
      { flags: '--lan', about: 'let the home network reach the portal, by links only' },
      { flags: '--port <n>', about: 'where the portal listens; 4747 unless told, 0 for any' },
      { flags: '--no-portal', about: 'no portal' },
      {
        flags: '--keep <rule>',
        about: 'what to keep of everybody’s from now on, as `keep` takes it',
        many: true
      }
    ],
    example: 'serve --keep original --lan',
    needs: 'nothing',
    load: async () => (await import('../commands/serve.ts')).serve
  },
  {
    name: 'keep',
    args: '[rules...]',
    about:
      'tell or change what this device keeps of everybody’s thumbnails, previews and originals: all, none, asked (what was looked at), or any of mine, favourites, recent:DAYS, budget:SIZE',
    example: 'keep preview=recent:365 original=mine,favourites,budget:20GB',
    needs: 'album',
    load: async () => (await import('../commands/keep.ts')).keep
  },
  {
    name: 'links',
    about: 'list the links that let people into the portal',
    example: 'links',
    needs: 'album',
    load: async () => (await import('../commands/links.ts')).links,
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
        load: async () => (await import('../commands/links.ts')).createLink
      },
      {
        name: 'revoke',
        args: '<id>',
        about: 'let nobody in with it any more, and those out who came in with it',
        example: 'links revoke 3fa9',
        needs: 'album',
        load: async () => (await import('../commands/links.ts')).revokeLink
      }
    ]
  },
  {
    name: 'status',
    about: 'tell how the album is, and who is online',
    example: 'status',
    needs: 'album',
    load: async () => (await import('../commands/status.ts')).status
  }
]
