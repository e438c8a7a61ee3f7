/// <reference lib="esnext.disposable" preserve="true" />

// The public types. They name nothing of Node, of the DOM or of the packages below, so that a program which
// installs hyperalbum needs no other types to compile.

export type * from './types/adding.ts'
export type * from './types/blindmirrors.ts'
export type * from './types/collections.ts'
export type * from './types/copies.ts'
export type * from './types/failure.ts'
export type * from './types/indexer.ts'
export type * from './types/invites.ts'
export type * from './types/keeping.ts'
export type * from './types/media.ts'
export type * from './types/members.ts'
export type * from './types/opening.ts'
export type * from './types/people.ts'
export type * from './types/photos.ts'
export type * from './types/reading.ts'
export type * from './types/recovery.ts'
export type * from './types/status.ts'
export type * from './types/waiting.ts'
export type * from './types/watching.ts'
