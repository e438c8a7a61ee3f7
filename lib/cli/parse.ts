import { Command as Parser, CommanderError, Option } from 'commander'
import { COMMANDS } from './catalogue/index.ts'
import type { Command, Options } from './command.ts'
import { say } from './said.ts'
import type { Terminal } from './terminal.ts'

/** A command line, understood. */
export interface Parsed {
  command: Command
  args: string[]
  options: Options
}

const AFTER = `
Ids and names may be cut short where they stay clear. The folder is that of --album, of the variable HYPERALBUM, or
one in your data folder. Scripts use --json: one object a line. Exit codes: 0 done, 1 something failed, 2 wrong
usage, 3 no such album, 4 in use, 5 not allowed, 6 try again later, 7 disk, 130 stopped.
`

/** Understands a command line; where it asks for help, or is wrong, says so and answers the exit code. */
export async function parse(argv: string[], version: string, terminal: Terminal): Promise<Parsed | number> {
  let parsed: Parsed | null = null
  const written: Promise<void>[] = []
  const chosen = (command: Command, args: string[], options: Options): void => {
    parsed = { command, args, options }
  }

  const top = prepare(new Parser('hyperalbum'), terminal, written)
    .description('One photo album for a family: peer to peer, encrypted, without a server.')
    .version(version, '-V, --version')
    .option('--json', 'one JSON object a line instead of text')
    .addOption(new Option('--album <folder>', 'the album’s folder').env('HYPERALBUM'))
    .option('--offline', 'reach nobody')
    .addOption(
      severalTimes(new Option('--bootstrap <host:port>', 'a DHT of your own instead of the public one'))
    )
    .addHelpText('after', AFTER)
  for (const command of COMMANDS) add(top, command, chosen, terminal, written)

  try {
    await top.parseAsync(argv, { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    await Promise.all(written)
    return error.exitCode === 0 ? 0 : 2
  }
  await Promise.all(written)
  return parsed ?? 2
}

function add(
  parent: Parser,
  command: Command,
  chosen: (command: Command, args: string[], options: Options) => void,
  terminal: Terminal,
  written: Promise<void>[]
): void {
  const parser = prepare(parent.command(`${command.name} ${command.args ?? ''}`.trim()), terminal, written)
    .description(sentence(command.about))
    .addHelpText('after', `\nExample:\n  hyperalbum ${command.example}`)
  for (const { flags, about, choices, many } of command.options ?? []) {
    const option = new Option(flags, about)
    if (choices) option.choices(choices)
    if (many) severalTimes(option)
    parser.addOption(option)
  }
  parser.action(() => {
    chosen(command, parser.processedArgs.flat() as string[], parser.optsWithGlobals<Options>())
  })
  for (const one of command.commands ?? []) add(parser, one, chosen, terminal, written)
}

function safeLine(line: string): string {
  return say`${line}`.plain
}

function severalTimes(option: Option): Option {
  return option.argParser((value: string, before: string[] | undefined) => [...(before ?? []), value])
}

/** Says what it has to say on our terminal, and throws instead of ending the process. */
function prepare(parser: Parser, terminal: Terminal, written: Promise<void>[]): Parser {
  return parser
    .exitOverride()
    .helpCommand(false)
    .allowExcessArguments(false)
    .showSuggestionAfterError()
    .showHelpAfterError('(add --help for more)')
    .configureOutput({
      writeOut: (text) => void written.push(terminal.out(text)),
      // It holds what was typed, which may come from `add *`.
      writeErr: (text) => terminal.err(text.split('\n').map(safeLine).join('\n')),
      getOutHelpWidth: () => terminal.columns ?? 100,
      getErrHelpWidth: () => terminal.columns ?? 100,
      getOutHasColors: () => terminal.colour,
      getErrHasColors: () => terminal.colour
    })
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}
