import type { InviteOptions, Member } from '../types.ts'
import { notFound } from './answers.ts'
import type { InviteList, MemberList, RequestList } from './api.ts'
import { Body } from './body.ts'
import type { Access } from './access.ts'
import { type App, done, idIn, managing, visitorOf } from './route.ts'
import type { Visitor, Visitors } from './visitors.ts'

const ROLES = ['owner', 'contributor', 'viewer'] as const

/** Members, their devices, and invites for new ones. */
export function memberRoutes(app: App, visitors: Visitors, access: Access): void {
  app.get('/api/members', async (c) => {
    const visitor = visitorOf(c)
    const members = await visitor.face.members.list()
    const listed = members.map(async (member) => {
      const you = member.id === visitor.member.id
      const links = you || visitor.manages ? access.linksOf(member.id) : 0
      const acts = visitor.manages && (await visitors.actsFor(member.id))
      return { ...member, you, links, can: mayDo(visitor, member, { all: members, acts }) }
    })
    return c.json<MemberList>({ members: await Promise.all(listed) })
  })

  app.post('/api/members', async (c) => {
    const body = await Body.read(c.req.raw)
    const role = body.oneOf('role', ['contributor', 'viewer'])
    const { face } = managing(c)
    return c.json(await face.members.create({ name: body.text('name') ?? '', ...(role && { role }) }), 201)
  })

  app.patch('/api/members/:id', async (c) => {
    const id = idIn(c)
    const body = await Body.read(c.req.raw)
    const [name, role] = [body.text('name'), body.oneOf('role', ROLES)]
    const visitor = isSelf(visitorOf(c), id) && role === undefined ? visitorOf(c) : managing(c)
    const { members } = visitor.face
    if (role !== undefined) await members.setRole(id, role)
    if (name !== undefined) await members.rename(id, name)
    const member = await members.get(id)
    if (member === null) throw notFound()
    return c.json(member)
  })

  app.delete('/api/members/:id', async (c) => {
    const id = idIn(c)
    const { face } = isSelf(visitorOf(c), id) ? visitorOf(c) : managing(c)
    const removal = await face.members.remove(id)
    await visitors.sweep()
    await access.sweep()
    return c.json(removal)
  })

  app.post('/api/devices/link', async (c) => {
    const body = await Body.read(c.req.raw)
    const expires = body.number('expires')
    const { face } = visitorOf(c)
    return c.json(await face.members.linkDevice({ ...(expires !== undefined && { expires }) }), 201)
  })

  app.delete('/api/devices/:id', async (c) => c.json(await visitorOf(c).face.members.removeDevice(idIn(c))))

  app.get('/api/invites', async (c) => {
    const { face } = managing(c)
    return c.json<InviteList>({ invites: await face.invites.list() })
  })

  app.post('/api/invites', async (c) => {
    const { face } = managing(c)
    return c.json(await face.invites.create(inviteOptions(await Body.read(c.req.raw))), 201)
  })

  app.delete('/api/invites/:id', async (c) => c.json(await managing(c).face.invites.revoke(idIn(c))))

  app.get('/api/requests', async (c) => {
    const { face } = managing(c)
    return c.json<RequestList>({ requests: await face.invites.requests() })
  })

  app.post('/api/requests/:id/approve', async (c) => {
    await managing(c).face.invites.approve(idIn(c))
    return done()
  })

  app.post('/api/requests/:id/deny', async (c) => {
    await managing(c).face.invites.deny(idIn(c))
    return done()
  })
}

/** Who has this device may rename themselves and leave; for those who come through it an owner does, as in the album. */
function isSelf(visitor: Visitor, id: string): boolean {
  return visitor.host && id === visitor.member.id
}

/**
 * As the album would answer: what it refuses is not offered. `all` is in order of admission; `acts` says whether this
 * device may already act for the member.
 */
function mayDo(
  visitor: Visitor,
  member: Member,
  { all, acts }: { all: Member[]; acts: boolean }
): MemberList['members'][number]['can'] {
  if (member.removed) return { rename: false, setRole: false, remove: false, link: false }
  const { manages } = visitor
  const self = isSelf(visitor, member.id)
  const governs = manages && outranks(visitor, member, all)
  const indispensable = isOnlyOwner(member, all)
  const person = member.role !== 'mirror'
  return {
    rename: manages || self,
    setRole: governs && person && !indispensable,
    remove: (governs || self) && !indispensable,
    link: person && (governs || self || acts)
  }
}

/** An owner yields only to owners who were admitted earlier. */
function outranks(visitor: Visitor, { id, role }: Member, all: Member[]): boolean {
  const at = (wanted: string): number => all.findIndex((one) => one.id === wanted)
  return role !== 'owner' || at(visitor.member.id) <= at(id)
}

/** Whether nobody would be left who can manage: that takes an owner with a device. */
function isOnlyOwner({ id }: Member, all: Member[]): boolean {
  const able = all.filter(
    ({ role, removed, devices }) => role === 'owner' && !removed && devices.some((device) => !device.removed)
  )
  return able.every((owner) => owner.id === id)
}

function inviteOptions(body: Body): InviteOptions {
  const role = body.oneOf('role', ROLES)
  const [expires, uses, approval] = [body.number('expires'), body.number('uses'), body.flag('approval')]
  const answeredBy = body.text('answeredBy')
  return {
    ...(role && { role }),
    ...(answeredBy !== undefined && { answeredBy }),
    ...(expires !== undefined && { expires }),
    ...(uses !== undefined && { uses }),
    ...(approval !== undefined && { approval })
  }
}
