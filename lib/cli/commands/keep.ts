import type { AlbumContext } from '../command.ts'
import { keepOf, ruleText } from '../keeprules.ts'
import { dim, say } from '../said.ts'
import { bytesOf } from '../units.ts'

export async function keep({ album, output }: AlbumContext, texts: string[]): Promise<void> {
  const rules = await album.keep(texts.length > 0 ? keepOf(texts) : undefined)
  const { kept } = await album.status()
  await output.result({ ...rules, kept }, [
    ...(['thumbnail', 'preview', 'original'] as const).map(
      (variant) => say`  ${dim(variant.padEnd(10))} ${ruleText(rules[variant])}`
    ),
    say`  ${dim('here'.padEnd(10))} ${bytesOf(kept.originals + kept.renditions)} of what others added`
  ])
}
