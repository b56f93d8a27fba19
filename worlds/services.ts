// From what a world says of a service to the service.

import { fileURLToPath } from 'node:url'
import type { HttpBehaviour, HttpFunction } from '../fakes/http.ts'
import type { TcpBehaviour } from '../fakes/tcp.ts'
import type { UdpBehaviour } from '../fakes/udp.ts'
import { UsageError } from '../net/errors.ts'
import type { LateDescription, ServiceDescription, ServicePort, Site } from '../net/service.ts'
import { protocols } from '../protocols.ts'
import type { Path } from './source.ts'
import type {
  CommonOptions,
  DaytimeService,
  DnsService,
  HttpSite,
  ImapService,
  MailService,
  Pop3Service,
  RawService,
  SmtpService,
  World,
  WorldHost,
} from './world.ts'

/** One service of a host, and where its options stand in the world. */
export interface WorldService {
  readonly protocol: string
  readonly options: object
  readonly path: Path
}

/** Where a service stands while it is described. */
export interface Surroundings {
  readonly world: World
  readonly host: string
  /** What paths are relative to. */
  readonly base: URL
}

export function servicesOf(name: string, { services = {} }: WorldHost): WorldService[] {
  return Object.entries(services as Record<string, object | object[]>).flatMap(([protocol, given]) => {
    const path = ['hosts', name, 'services', protocol]
    if (!Array.isArray(given)) return [{ protocol, options: given, path }]
    return given.map((options: object, index) => ({ protocol, options, path: [...path, index] }))
  })
}

/** Whether a world from code gives a service as `http()` and its like return it. */
export function isDescription(options: object): options is ServiceDescription {
  return typeof (options as Partial<ServiceDescription>).load === 'function'
}

function givenPorts(ports: CommonOptions['ports']): ServicePort[] | undefined {
  return ports?.map((port): ServicePort => {
    if (typeof port !== 'number') return { transport: 'tcp', ...port }
    return { port, transport: 'tcp', tls: implicitTls.has(port) }
  })
}

/** Ports whose number alone says that TLS comes first. */
const implicitTls = new Set(
  Object.values(protocols).flatMap(({ ports }) => ports.filter(({ tls }) => tls).map(({ port }) => port)),
)

/** The ports that a service will have. */
export function portsOf(protocol: string, options: object): readonly ServicePort[] {
  if (protocol === 'tcp' || protocol === 'udp') {
    const { port, tls = false } = options as RawService
    return [{ port, transport: protocol, tls: tls !== false }]
  }
  const given = givenPorts((options as CommonOptions).ports)
  const known = protocols[protocol]?.ports ?? []
  if (!['imap', 'pop3', 'smtp'].includes(protocol)) return given ?? known
  // They have TLS at 465, 993 and 995 unless told otherwise, also where more than the number is said.
  return (given ?? known).map(each => ({ ...each, tls: each.tls ?? implicitTls.has(each.port) }))
}

type Describe<Options> = (options: Options, around: Surroundings) => ServiceDescription

/** A module's default export, which has to be a function. */
export async function exportOf<F>(path: string, base: URL): Promise<F> {
  const { default: given } = (await import(new URL(path, base).href)) as { default?: unknown }
  if (typeof given === 'function') return given as F
  throw new UsageError(`expected a module whose default export is a function, got ${path} with ${typeof given}`)
}

function portOption(ports: CommonOptions['ports']): { ports?: ServicePort[] } {
  return said({ ports: givenPorts(ports) })
}

type Said<T> = { [Key in keyof T]?: Exclude<T[Key], undefined> }

/** Without the options that were not given, which have defaults. */
function said<T extends object>(options: T): Said<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Said<T>
}

/** `{scheme}`, `{host}` and `{path}` of a redirect stand for those of the request, as they were written. */
function redirecting(target: string, status: number): HttpFunction {
  return (request, { head }) => {
    const { protocol, host, pathname, search } = new URL(request.url)
    const path = head.target.startsWith('/') ? head.target : pathname + search
    const parts: Record<string, string> = { scheme: protocol.slice(0, -1), host, path }
    const location = target.replace(/\{(scheme|host|path)\}/g, (_, part: string) => parts[part]!)
    return {
      status,
      headers: [
        ['Location', location],
        ['Content-Length', '0'],
      ],
    }
  }
}

const secured = redirecting('https://{host}{path}', 301)

function describeHttp(options: HttpSite, { base }: Surroundings): ServiceDescription {
  const { site, folder, index, listing, languages, types, redirect, status = 301, httpsOnly, ports, ...rest } = options
  const behaviour = async (): Promise<HttpBehaviour> => {
    if (redirect !== undefined) return redirecting(redirect, status)
    if (folder !== undefined) {
      const given = { index, listing, languages, types }
      return { folder: fileURLToPath(new URL(folder, base)), ...said(given) }
    }
    const own = await exportOf<HttpFunction>(site!, base)
    if (!httpsOnly) return own
    return (request, info) => (request.url.startsWith('http:') ? secured : own)(request, info)
  }
  return {
    protocol: 'http',
    load: async () => {
      const { createHttp } = await import('../fakes/http.ts')
      return createHttp(await behaviour(), { ...rest, ...portOption(ports) })
    },
  }
}

function describeSmtp({ users, mail, ...options }: SmtpService, around: Surroundings): ServiceDescription {
  return {
    protocol: 'smtp',
    load: async () => {
      const { createSmtp } = await import('../fakes/smtp.ts')
      return createSmtp({ ...options, ...mailOptions({ users, mail }, around) })
    },
  }
}

function describeImap({ users, mail, ...options }: ImapService, around: Surroundings): ServiceDescription {
  return {
    protocol: 'imap',
    load: async () => {
      const { createImap } = await import('../fakes/imap.ts')
      return createImap({ ...options, ...mailOptions({ users, mail }, around) })
    },
  }
}

function describePop3({ users, mail, ...options }: Pop3Service, around: Surroundings): ServiceDescription {
  return {
    protocol: 'pop3',
    load: async () => {
      const { createPop3 } = await import('../fakes/pop3.ts')
      return createPop3({ ...options, ...mailOptions({ users, mail }, around) })
    },
  }
}

/** Users and mail at the start, as the fakes take them. */
function mailOptions(
  { users, mail }: { users: MailService['users']; mail: MailService['mail'] },
  { world, host, base }: Surroundings,
) {
  const placed = Object.entries(mail ?? {}).map(([owner, seeds]): [string, string | readonly string[]] => [
    owner,
    typeof seeds === 'string' ? fileURLToPath(new URL(seeds, base)) : seeds,
  ])
  return said({
    users: users === 'people' ? accountsAt(world, host) : users,
    mail: mail === undefined ? undefined : Object.fromEntries(placed),
  })
}

/** Passwords by login name, as they are at a host. */
function accountsAt({ people = {}, hosts = {} }: World, host: string): Record<string, string> {
  const { names = [], addresses = [] } = hosts[host] ?? {}
  const places = [host, ...names, ...addresses]
  return Object.fromEntries(
    Object.entries(people).map(([login, { password, aliases = [] }]) => {
      const alias = aliases.find(({ at }) => places.includes(at))
      return [alias?.name ?? login, alias?.password ?? password]
    }),
  )
}

const describers: Readonly<Record<string, Describe<never>>> = {
  http: describeHttp,
  daytime: ({ ports }: DaytimeService) => ({
    protocol: 'daytime',
    load: async () => (await import('../fakes/daytime.ts')).createDaytime(portOption(ports)),
  }),
  dns: ({ ports, ...options }: DnsService) => ({
    protocol: 'dns',
    load: async () => (await import('../fakes/dns.ts')).createDns({ ...options, ...portOption(ports) }),
  }),
  imap: describeImap,
  pop3: describePop3,
  smtp: describeSmtp,
  tcp: (options: RawService, { base }) => ({
    protocol: 'tcp',
    async load() {
      const { createTcp } = await import('../fakes/tcp.ts')
      const make = await exportOf<(site: Site) => TcpBehaviour>(options.service, base)
      return place => createTcp(make(place), options)(place)
    },
  }),
  udp: (options: RawService, { base }) => ({
    protocol: 'udp',
    async load() {
      const { createUdp } = await import('../fakes/udp.ts')
      const make = await exportOf<(site: Site) => UdpBehaviour>(options.service, base)
      return place => createUdp(make(place), options)(place)
    },
  }),
}

/** A service as a network takes it. Nothing of the protocol is loaded before. */
export function describeService({ protocol, options }: WorldService, around: Surroundings): ServiceDescription {
  if (isDescription(options)) return options
  return (describers[protocol] as Describe<object>)(options, around)
}

/** The same, to be loaded for the first who comes. */
export function describeLate(service: WorldService, around: Surroundings): LateDescription {
  const { protocol, options } = service
  return {
    ...describeService(service, around),
    ports: portsOf(protocol, options),
    virtualHosts: protocol === 'http',
    // A resolver knows the zones of the other name servers.
    together: protocol === 'dns',
  }
}
