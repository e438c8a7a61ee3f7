import { renderUnicodeCompact } from 'uqr'
import type { Invite } from '../types.ts'
import { Said, bold, say } from './said.ts'
import { timesOf, untilOf } from './telling.ts'
import type { Terminal } from './terminal.ts'

/** An invite with its QR code, where somebody looks and there is room. */
export function showCode(terminal: Terminal, { code, url, role, expiresAt, uses }: Invite): Said[] {
  return [
    ...qrOf(terminal, url),
    say`${bold(code)}`,
    say`Link: ${url}`,
    say`Good ${timesOf(uses)}, ${untilOf(expiresAt)}, for a ${role}. Whoever has it can ask to join.`,
    say`They run: hyperalbum join CODE --member NAME`
  ]
}

/** A link as a QR code: none where it is no terminal, or too narrow. */
export function qrOf(terminal: Terminal, link: string): Said[] {
  if (!terminal.columns) return []
  const rows = renderUnicodeCompact(link, { border: 2 }).split('\n')
  return (rows[0] ?? '').length < terminal.columns ? rows.map((row) => new Said(row)) : []
}
