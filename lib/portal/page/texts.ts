// Every word of the page, in English; a translation is another object of the same shape. Dates, numbers and sizes are
// in `dates.ts`, by the visitor's language.
import type { Cell } from '../api.ts'
import type { Role } from '../../types.ts'
import { wallTime } from './dates.ts'

const number = new Intl.NumberFormat()
const plural = new Intl.PluralRules('en')

/** `1 photo`, `1,204 photos` */
function count(value: number, one: string, other: string): string {
  return `${number.format(value)} ${plural.select(value) === 'one' ? one : other}`
}

const roles: Record<Role, string> = {
  owner: 'Owner',
  contributor: 'Contributor',
  viewer: 'Viewer',
  mirror: 'Mirror'
}

const errors: Record<string, string> = {
  OFFLINE: 'The album is not reached just now. Is this device on the same network?',
  NO_SESSION: 'This device has no way into the album any more. Ask for a new link.',
  LINK_INVALID: 'This link is used up, ended or not whole. Ask for a new one.',
  WRONG_HOST: 'The album was opened under another address. Open it with the link that you were given.',
  WRONG_ORIGIN: 'The album was opened under another address. Open it with the link that you were given.',
  TOO_MANY_REQUESTS: 'That was too often in a short time. Wait a minute and try again.',
  TOO_MANY_UPLOADS: 'Too many files are on their way at the same time. It goes on by itself.',
  TOO_LARGE: 'It is larger than this album takes.',
  UNSUPPORTED_FILE: 'This is no photo or video that the album takes.',
  MEDIA_FAILED: 'Nothing in this file could be read.',
  FILE_EMPTY: 'The file is empty.',
  FILE_CHANGED: 'The file changed while it was read. Pick it again.',
  FILE_UNREADABLE: 'This device does not let the page read the file. Pick it again.',
  STORAGE_FULL: 'The disk of the album’s device is full. Nothing was lost; ask its owner to make room.',
  STORAGE_FAILED: 'The disk of the album’s device does not work as it should.',
  FORBIDDEN: 'Your role in this album does not allow that.',
  NOT_WRITABLE: 'The album’s device may not write yet. Try again shortly.',
  REMOVED: 'The album’s device was removed from the album.',
  NOT_FOUND: 'It is not there any more.',
  PHOTO_UNAVAILABLE: 'Nobody who can be reached has it just now.',
  PHOTO_CORRUPT: 'What came is not that photo. It is fetched from somebody else when they are online.',
  INDEX_INCOMPLETE: 'A part of the album is on other devices, and none is online. Try again later.',
  UPGRADE_REQUIRED: 'The album needs a newer version of its program.',
  BAD_ARGUMENT: 'That is not possible as it was entered.',
  TIMEOUT: 'It took too long. Try again.',
  CLOSED: 'The album’s device is closing. Try again later.',
  LOG_FAILED: 'The album’s device has trouble. Try again later.',
  FAILED: 'That did not work. Try again.'
}

function article(word: string): string {
  return /^[aeiou]/i.test(word) ? 'an' : 'a'
}

/** What a code means, in plain words. */
export function errorText(code: string): string {
  return errors[code] ?? errors['FAILED'] ?? code
}

/** What a photo is, for who cannot see it. */
export function cellText({ type, local, by, caption, live, favourite }: Cell): string {
  const what = type === 'video' ? 'Video' : live ? 'Live Photo' : 'Photo'
  const parts = [what, wallTime(local), `by ${by.name}`]
  if (caption) parts.unshift(caption)
  if (favourite) parts.push('favourite')
  return parts.join(', ')
}

/** The words; those of a number or name are functions. */
const english = {
  title: 'Photo album',
  skip: 'Skip to content',
  close: 'Close',
  cancel: 'Cancel',
  save: 'Save',
  create: 'Create',
  tryAgain: 'Try again',
  undo: 'Undo',
  loading: 'Loading',
  nothingHere: 'There is nothing here',
  notConnected: 'Not connected. What is new will appear when the album is reached again.',
  notLoaded: 'Some photos could not be loaded.',
  errors: errors as Record<'OFFLINE' | 'FAILED', string>,
  roles: roles,
  roleTexts: {
    owner: 'May do everything, also invite and remove',
    contributor: 'May look, add and edit',
    viewer: 'May look and mark favourites'
  },
  nav: {
    label: 'Album',
    photos: 'Photos',
    collections: 'Collections',
    favourites: 'Favourites',
    people: 'People',
    trash: 'Trash',
    status: 'Status',
    more: 'More',
    add: 'Add photos'
  },
  signedInAs: 'You are here as',
  hereAs: (role: string, album: string) => `${role} of ${album}`,
  signOut: 'Sign out',
  signOutText: 'To come back on this device you will need a new link.',
  join: {
    title: 'You are invited to a family album',
    text: 'The photos stay with the family: no account, no app, no cloud.',
    open: 'Open the album',
    busy: 'Opening …',
    used: 'This link is used up, ended or not whole. Ask whoever sent it for a new one.'
  },
  lost: {
    title: 'Ask for a new link',
    text: 'This device has no way into the album, or no longer. Ask the person who shared the album with you to send you a new link.'
  },
  photos: (total: number) => count(total, 'photo', 'photos'),
  marked: (total: number) => `${number.format(total)} selected`,
  mark: 'Select',
  markDay: (day: string) => `Select all of ${day}`,
  scrubber: 'Go to a month',
  empty: {
    photos: 'No photos yet. The first ones will appear here.',
    favourites: 'What you mark with a heart appears here, for you alone.',
    trash: 'The trash is empty.',
    filtered: 'Nothing meets these conditions.',
    collection: 'No photos in here yet. Select some among the photos and choose “Collection”.',
    collections: 'Collections bring photos together: a journey, a birthday, a garden.'
  },
  trash: { text: 'Photos in the trash can be restored until they are deleted for good.' },
  filter: {
    open: 'Filter photos',
    member: 'Added by',
    everybody: 'Everybody',
    type: 'Show',
    both: 'Everything',
    images: 'Photos',
    videos: 'Videos',
    tag: 'Tag',
    clear: 'Clear'
  },
  actions: {
    label: 'Selected photos',
    clear: 'Select nothing',
    favourite: 'Favourite',
    collect: 'Collection',
    takeOut: 'Take out',
    download: 'Download',
    trash: 'Trash',
    restore: 'Restore',
    purge: 'Delete for good',
    cover: 'Make cover'
  },
  purge: {
    title: (total: number) => `Delete ${count(total, 'photo', 'photos')} for good?`,
    text: 'Every device of the family drops them. This cannot be undone.'
  },
  done: {
    trash: (total: number) => `${count(total, 'photo', 'photos')} moved to the trash`,
    restore: (total: number) => `${count(total, 'photo', 'photos')} restored`,
    purge: (total: number) => `${count(total, 'photo', 'photos')} deleted for good`,
    withdrawn: (total: number) =>
      `${count(total, 'photo', 'photos')} kept, as others added the same, but no longer in your name`,
    collected: (total: number, name: string) => `${count(total, 'photo', 'photos')} added to “${name}”`,
    saved: 'Saved',
    cover: 'This photo is the cover now'
  },
  someFailed: (total: number, why: string) =>
    `${count(total, 'photo left as it was', 'photos left as they were')}: ${why}`,
  viewer: {
    label: 'Photo',
    of: (at: number, total: number) => `${number.format(at)} of ${number.format(total)}`,
    previous: 'Previous photo',
    next: 'Next photo',
    zoom: 'Zoom',
    favourite: 'Favourite',
    details: 'Details',
    slideshow: 'Slideshow',
    pause: 'Pause slideshow',
    playLive: 'Play Live Photo',
    noVideo: 'This browser cannot play this video. Download it to watch it.',
    gone: 'This photo is not in the album any more.',
    slow: 'Still waiting for this photo.',
    fetching: (holders: string[]) => `Still getting this photo from the devices of ${list(holders)}.`,
    looking: (holders: string[]) =>
      `This photo is on the devices of ${list(holders)}. None of them is online just now; still looking for them.`,
    unavailable: (holders: string[]) =>
      holders.length > 0
        ? `This photo is on the devices of ${list(holders)}. It will be here when one of them is online.`
        : 'Nobody who can be reached has this photo just now. It will be here when somebody who has it is online.',
    failed: 'This photo cannot be shown here.'
  },
  details: {
    title: 'Details',
    caption: 'Caption',
    captionHint: 'Say what can be seen',
    tags: 'Tags',
    tagsHint: 'Separated by commas',
    date: 'Date and time',
    editDate: 'Correct the date',
    zone: (name: string) => `Time in ${name}`,
    sources: {
      member: 'Corrected by a member',
      caller: 'As told when it was added',
      sidecar: 'From a file beside the photo',
      metadata: 'From the camera',
      gps: 'From the satellites’ time',
      name: 'Read from the file’s name',
      file: 'Only the file’s own time: it may be wrong',
      added: 'Only when it was added: it is not known when it was taken'
    },
    place: 'Place',
    altitude: (metres: number) => `${number.format(Math.round(metres))} m above the sea`,
    camera: 'Camera',
    by: 'Added by',
    alsoBy: (names: string[]) => `Also added by ${list(names)}`,
    via: (device: string, when: string) => `With ${device}, ${when}`,
    files: 'Files',
    roles: { original: 'Original', motion: 'What moves', sidecar: 'File beside it' },
    copies: 'Copies',
    onDevices: (total: number) => `On ${count(total, 'device', 'devices')}`,
    here: 'the album’s device',
    online: 'online',
    confirmed: (when: string) => `last confirmed ${when}`,
    noCopies: 'No device says that it holds the original.',
    history: 'Changes',
    changed: { caption: 'Caption', tags: 'Tags', capturedAt: 'Date' },
    damaged: 'Some of this picture is missing or broken. The file is kept as it came.',
    inTrash: (name: string, when: string) => `In the trash since ${when}, by ${name}`,
    downloadStripped: 'Download without place and device',
    none: 'None'
  },
  upload: {
    title: 'Add photos',
    pick: 'Choose photos and videos',
    drop: 'or drop them here',
    into: 'Add to a collection',
    noCollection: 'No collection',
    hint: 'You can leave this screen: it goes on as long as the page is open, and after a break in the connection.',
    again: 'After closing the page, choose the same files again: what was sent already is not sent twice.',
    all: (done: number, total: number) => `${number.format(done)} of ${count(total, 'file', 'files')}`,
    finished: (total: number) => `${count(total, 'file', 'files')} done`,
    chip: (done: number, total: number) => `Adding ${number.format(done)} of ${number.format(total)}`,
    waitingForNetwork: 'The connection is gone. It goes on by itself.',
    stop: 'Cancel',
    stopAll: 'Cancel all',
    clear: 'Clear list',
    retryFailed: 'Try the failed ones again',
    progress: (name: string) => `Progress of ${name}`,
    progressAll: 'Progress in all',
    look: 'Look at it',
    states: {
      waiting: 'Waiting',
      reading: 'Reading …',
      asking: 'Asking the album …',
      sending: (part: string) => `Sending, ${part}`,
      paused: 'Connection lost, trying again',
      adding: 'Being added …',
      added: 'Added',
      duplicate: 'Already in the album',
      trashed: 'Is in the trash of the album, and stays there',
      failed: 'Not added',
      cancelled: 'Cancelled'
    },
    tooLarge: (limit: string) => `Larger than ${limit}, the most that this album takes`,
    leave: 'Photos are still being sent.'
  },
  collections: {
    create: 'New collection',
    name: 'Name',
    rename: 'Rename',
    remove: 'Delete collection',
    removeText: 'Its photos stay in the album.',
    pick: 'Add to a collection',
    by: (name: string) => `by ${name}`,
    cover: 'Choose cover',
    earlier: 'Move earlier',
    later: 'Move later'
  },
  people: {
    members: 'Members',
    you: 'You',
    devices: (names: string[]) => (names.length > 0 ? list(names) : 'No device of their own'),
    role: 'Role',
    rename: 'Rename',
    remove: 'Remove',
    removeTitle: (name: string) => `Remove ${name}?`,
    removeText:
      'What they added stays. They see nothing new from now on; what they could see they may have kept.',
    leave: 'Leave the album',
    leaveTitle: 'Leave this album?',
    leaveText:
      'What you added stays with the others. Your devices get nothing new from now on, and you come back only if somebody invites you.',
    roleTitle: (name: string, role: string) => `Make ${name} ${article(role)} ${role.toLowerCase()}?`,
    ownerText:
      'An owner may do everything, also invite and remove people and delete photos for good. Only owners who came to the album before them can take it back.',
    demoteText: 'From then on they invite and remove nobody.',
    yieldText: 'From then on you invite and remove nobody, and only another owner can take it back.',
    changeRole: 'Change the role',
    removeDeviceTitle: (name: string) => `Remove the device ${name}?`,
    removeDeviceText: 'It gets nothing new from now on.',
    former: 'Former members',
    add: 'Add somebody without a device',
    addText: 'Somebody who looks and adds photos in a browser, by a link.',
    name: 'Name',
    links: 'Links to this portal',
    linksText: 'Whoever opens such a link sees this album in a browser, in the name of its member.',
    linkFor: (name: string) => `A link for ${name}`,
    makeLink: 'Make a link',
    linkOnce: 'Scan this code with a phone, or send the link. It works once, within seven days.',
    linkHere:
      'This link opens on this computer only: its portal is open to no other device. For a phone, start it for the home network, as with “hyperalbum serve --lan”.',
    linkKeep: 'It is shown only now. Whoever has it can open the album.',
    linkInfo: (used: number, uses: number) =>
      uses === 0
        ? `opened ${count(used, 'time', 'times')}`
        : `opened ${number.format(used)} of ${count(uses, 'time', 'times')}`,
    sessions: (total: number) => count(total, 'browser', 'browsers'),
    seen: (when: string) => `last seen ${when}`,
    revoke: 'End',
    revokeTitle: 'End this link?',
    revokeText: 'Whoever came in by it is signed out.',
    revokeOwnText:
      'It is the one by which you came in here: this browser is signed out, and needs a new link.',
    thisBrowser: 'This browser',
    invites: 'Invites',
    invitesText: 'For somebody with the app or program, on a device of their own.',
    invite: 'Invite somebody',
    ownDevice: 'Another device of yours',
    othersDevice: 'Another device of a member',
    asksFirst: 'asks you first',
    notHeard: (device: string) => `works when ${device} has heard of it`,
    inviteFor: (role: string) => `Invite, as ${role.toLowerCase()}`,
    inviteCode:
      'Scan the code with the other device, or send it. Keep the album’s device online until it is used.',
    approval: 'I want to approve whoever comes',
    revokeInviteTitle: 'End this invite?',
    revokeInviteText: 'Nobody can join with it any more.',
    ends: (when: string) => `ends ${when}`,
    never: 'does not end',
    usedUp: 'used',
    ended: 'ended',
    revoked: 'ended by hand',
    requests: 'Waiting to be let in',
    request: (device: string, role: string) => `${role}, with ${device}`,
    approve: 'Let in',
    deny: 'Refuse',
    linkDevice: 'Link another device',
    linkDeviceText: 'Scan the code with your other device. It will be yours, with the same role.',
    link: 'Link',
    copy: 'Copy',
    copied: 'Copied',
    copyHint: 'It is selected: copy it by hand',
    qr: 'QR code of the link'
  },
  status: {
    device: 'The album’s device',
    network: 'Network',
    online: 'Online',
    offline: 'Offline',
    peers: 'Devices online',
    noPeers: 'No other device is connected just now.',
    photos: 'Photos in the album',
    copies: 'Copies',
    promised: (total: number) => `Each original on ${count(total, 'device', 'devices')}`,
    promise: 'Change the number',
    promiseTitle: 'How many copies?',
    promiseLabel: 'Devices that are to hold each original',
    counting: 'Counting how many photos lack copies …',
    noneLack: 'All photos have so many copies.',
    lack: (total: number, single: number) =>
      `${count(total, 'photo has', 'photos have')} fewer copies` +
      (single === 0
        ? '.'
        : single === total
          ? ', on one device only.'
          : `, ${number.format(single)} of them on one device only.`),
    lackHelp:
      'Once an owner has set this number, devices with room fetch them by themselves while they are online.',
    disk: 'Disk',
    free: (free: string, total: string) => `${free} free of ${total}`,
    diskFull: 'Almost full: adding stops soon.',
    index: 'Index',
    whole: 'Whole',
    notWhole: 'Some of it is still with others',
    signer: 'Makes changes final',
    overdue: (member: string, device: string, since: string) =>
      `Changes wait for ${device} of ${member} to be online, the first came ${since}. If it is lost, another device can do its part: hyperalbum indexer.`,
    removal: 'A removal waits for an owner’s device to make it final.',
    writable: 'May add',
    role: 'Role of the album’s device',
    yes: 'Yes',
    no: 'No',
    version: 'Version of the album'
  }
}

export type Texts = typeof english

/** In the language of the page. */
export const texts: Texts = english

/** `Dad, Grandma and Tim` */
function list(names: string[]): string {
  return new Intl.ListFormat('en', { type: 'conjunction' }).format(names)
}
