// The commands of IMAP: in which states each is allowed, which capability brings it, and what it does.

import type { ImapCommand } from '../../wire/imap/command.ts'
import { append, copy } from './append.ts'
import { fetch } from './fetch.ts'
import { find } from './find.ts'
import { store } from './flags.ts'
import { create, namespace, remove, rename, subscribe, unsubscribe } from './folders.ts'
import { list } from './list.ts'
import { authenticate, login, startTls } from './login.ts'
import { type Continuation, type Outcome, ok } from './outcome.ts'
import { getQuota, getQuotaRoot, setQuota } from './quota.ts'
import { close, expunge, select, status, unselect } from './select.ts'
import type { ImapServer } from './server.ts'
import type { ImapSession, ImapSessionState } from './session.ts'

type VerbName = ImapCommand['verb']

interface Verb<Name extends VerbName> {
  readonly allowedIn: readonly ImapSessionState[]
  /** Without it the command is not known. */
  readonly capability?: string
  run(session: ImapSession, command: Extract<ImapCommand, { verb: Name }>): Outcome | Continuation
}

interface AnyVerb extends Pick<Verb<VerbName>, 'allowedIn' | 'capability'> {
  run(session: ImapSession, command: ImapCommand): Outcome | Continuation
}

function capability({ capabilities, account }: ImapSession): Outcome {
  const text =
    account === undefined ? 'Pre-login capabilities listed, post-login capabilities have more.' : 'Capability completed'
  return ok(text, { said: `* CAPABILITY ${capabilities}\r\n` })
}

function id({ server }: ImapSession): Outcome {
  return ok('ID completed', { said: `* ID ("name" "${server.name.replace(/["\\]/g, '\\$&')}")\r\n` })
}

function logout(): Outcome {
  return ok('Logout completed', { said: '* BYE Logging out\r\n', close: true })
}

const known = ['CONDSTORE', 'UTF8=ACCEPT']

function enable(session: ImapSession, { capabilities }: Extract<ImapCommand, { verb: 'ENABLE' }>): Outcome {
  const wanted = known.filter(each => capabilities.includes(each) && session.server.offers(each))
  const said = wanted.includes('CONDSTORE') ? session.enableCondstore() : ''
  for (const each of wanted) session.enabled.add(each)
  return ok('Enabled', wanted.length === 0 ? {} : { said: `${said}* ENABLED ${wanted.join(' ')}\r\n` })
}

function idle(session: ImapSession): Continuation {
  session.decoder.readLine()
  session.startIdle()
  return { continuation: 'idling' }
}

const never: readonly ImapSessionState[] = ['not authenticated']
const after: readonly ImapSessionState[] = ['authenticated', 'selected']
const selected: readonly ImapSessionState[] = ['selected']
const always: readonly ImapSessionState[] = ['not authenticated', 'authenticated', 'selected']

const verbs: { readonly [Name in VerbName]: Verb<Name> } = {
  CAPABILITY: { allowedIn: always, run: capability },
  NOOP: { allowedIn: always, run: () => ok('NOOP completed') },
  LOGOUT: { allowedIn: always, run: logout },
  ID: { allowedIn: always, capability: 'ID', run: id },
  STARTTLS: { allowedIn: never, run: startTls },
  LOGIN: { allowedIn: never, run: login },
  AUTHENTICATE: { allowedIn: never, run: authenticate },
  ENABLE: { allowedIn: after, capability: 'ENABLE', run: enable },
  SELECT: { allowedIn: after, run: select },
  EXAMINE: { allowedIn: after, run: select },
  CREATE: { allowedIn: after, run: create },
  DELETE: { allowedIn: after, run: remove },
  RENAME: { allowedIn: after, run: rename },
  SUBSCRIBE: { allowedIn: after, run: subscribe },
  UNSUBSCRIBE: { allowedIn: after, run: unsubscribe },
  LIST: { allowedIn: after, run: list },
  LSUB: { allowedIn: after, run: list },
  NAMESPACE: { allowedIn: after, capability: 'NAMESPACE', run: namespace },
  STATUS: { allowedIn: after, run: status },
  APPEND: { allowedIn: after, run: append },
  IDLE: { allowedIn: after, capability: 'IDLE', run: idle },
  GETQUOTA: { allowedIn: after, capability: 'QUOTA', run: getQuota },
  GETQUOTAROOT: { allowedIn: after, capability: 'QUOTA', run: getQuotaRoot },
  SETQUOTA: { allowedIn: after, capability: 'QUOTA', run: setQuota },
  CHECK: { allowedIn: selected, run: () => ok('Check completed') },
  CLOSE: { allowedIn: selected, run: close },
  UNSELECT: { allowedIn: selected, capability: 'UNSELECT', run: unselect },
  EXPUNGE: { allowedIn: selected, run: expunge },
  SEARCH: { allowedIn: selected, run: find },
  SORT: { allowedIn: selected, capability: 'SORT', run: find },
  THREAD: { allowedIn: selected, capability: 'THREAD', run: find },
  FETCH: { allowedIn: selected, run: fetch },
  STORE: { allowedIn: selected, run: store },
  COPY: { allowedIn: selected, run: copy },
  MOVE: { allowedIn: selected, capability: 'MOVE', run: copy },
}

/** Undefined where the server does not know it. */
export function verbOf(name: VerbName, server: ImapServer): AnyVerb | undefined {
  // The table ties each verb to the arguments of its own.
  const verb = verbs[name] as unknown as AnyVerb
  return verb.capability === undefined || server.offers(verb.capability) ? verb : undefined
}
