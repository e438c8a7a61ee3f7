// A photo that takes long to come.
import { useEffect, useState } from 'preact/hooks'
import type { Cell } from '../../api.ts'
import type { Stage } from './stage.ts'

/** From when one wonders whether anything is happening. */
const LATE = 3500
const LOOK = 250

/** Whether the photo that is seen has been waited for so long, in vain until now. */
export function useLate(stage: Stage | null, cell: Cell | null): boolean {
  const [late, tell] = useState<string | null>(null)
  useEffect(() => {
    if (!stage || !cell) return
    const begun = Date.now()
    const timer = setInterval(() => {
      tell(stage.lacks(cell) && Date.now() - begun >= LATE ? cell.id : null)
    }, LOOK)
    return () => clearInterval(timer)
  }, [stage, cell?.id])
  return cell !== null && late === cell.id
}
