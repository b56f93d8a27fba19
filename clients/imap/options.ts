// How a client of IMAP connects and logs in.

import type { ImapFlowOptions } from 'imapflow'

interface ImapLogin {
  user: string
  password?: string
  /** For XOAUTH2 or OAUTHBEARER, instead of a password. */
  token?: string
  /** `LOGIN` is the command of that name. Default: PLAIN where the server lists it, else the mechanism LOGIN, else the command. */
  mechanism?: 'PLAIN' | 'LOGIN'
}

export interface ImapClientOptions {
  host: string
  /** Default: 143, or 993 where TLS is implicit. */
  port?: number
  /** TLS from the first octet on, by STARTTLS or not at all, by STARTTLS where it is offered, never. Default: `implicit` on 993, else `offered`. */
  tls?: 'implicit' | 'required' | 'offered' | 'none'
  /** May be left out only for a server that greets by PREAUTH. */
  auth?: ImapLogin
  /** Told each line as it is said, `C: ` or `S: ` before it; passwords and mails are left out. */
  dialogue?: (line: string) => void
  /** Authorities to trust, in PEM. Default: Node's. */
  ca?: string
  /** The client's own certificate and key, in PEM. */
  certificate?: { cert: string; key: string }
  /** How long connecting, and silence where something is due, may take. Default: 60000. */
  timeoutMs?: number
  /** Octets of one response. Default: 256 MiB. */
  maxBytes?: number
}

/** As imapflow takes it. */
export function loginOf({ user, password, token, mechanism }: ImapLogin): NonNullable<ImapFlowOptions['auth']> {
  if (token !== undefined) return { user, accessToken: token }
  const method = mechanism === 'PLAIN' ? 'AUTH=PLAIN' : mechanism
  return { user, pass: password ?? '', ...(method === undefined ? {} : { loginMethod: method }) }
}

/** A logger that tells the lines and nothing else. */
export function dialogueLogger(say: (line: string) => void): NonNullable<ImapFlowOptions['logger']> {
  const line = ({ src, msg }: { src?: string; msg?: string }) => {
    if (src === 'c' || src === 's') say(`${src.toUpperCase()}: ${msg}`)
  }
  const nothing = () => {}
  return { debug: line, trace: nothing, info: line, warn: nothing, error: nothing }
}
