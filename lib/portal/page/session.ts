// Who is here, in whose name: read once at the start and when the members change.
import type { Me } from '../api.ts'
import { get, send } from './client.ts'
import { Store } from './store.ts'

export const me: Store<Me | null> = new Store<Me | null>(null)

export async function readMe(): Promise<void> {
  me.set(await get<Me>('me'))
}

export async function join(secret: string): Promise<void> {
  await send('POST', 'session', { secret })
}

export async function signOut(): Promise<void> {
  await send('DELETE', 'session')
}
