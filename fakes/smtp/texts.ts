// The words of a server's replies, by whose manner it has. Codes belong to the session; only words are here.

export interface Spoken {
  /** What the server calls itself. */
  name: string
  /** Of this connection. */
  id: string
  /** Seconds of Unix time. */
  unixTime: number
  /** The client's address. */
  client: string
  /** What the client called itself. */
  hello: string
}

export interface Texts {
  banner(spoken: Spoken): string
  hello(spoken: Spoken): string
  sender(spoken: Spoken): string
  recipient(spoken: Spoken): string
  go(spoken: Spoken): string
  accepted(spoken: Spoken, queueId: string): string
  chunk(spoken: Spoken, octets: number): string
  reset(spoken: Spoken): string
  startTls(spoken: Spoken): string
  authenticated(spoken: Spoken): string
  bye(spoken: Spoken): string
  needTls(spoken: Spoken): string
  needAuth(spoken: Spoken): string
  wrongPassword(spoken: Spoken): string
  /** Puts into its manner what has no words of its own above. */
  other(text: string, spoken: Spoken): string
}

const plain: Texts = {
  banner: ({ name }) => `${name} ESMTP`,
  hello: ({ name, hello }) => (hello === '' ? name : `${name} greets ${hello}`),
  sender: () => 'sender accepted',
  recipient: () => 'recipient accepted',
  go: () => 'go ahead, end with <CRLF>.<CRLF>',
  accepted: (_spoken, queueId) => `accepted as ${queueId}`,
  chunk: (_spoken, octets) => `${octets} octets received`,
  reset: () => 'forgotten',
  startTls: () => 'ready to start TLS',
  authenticated: () => 'authenticated',
  bye: ({ name }) => `${name} closes the connection`,
  needTls: () => 'STARTTLS is required first',
  needAuth: () => 'authentication is required',
  wrongPassword: () => 'authentication failed',
  other: text => text,
}

const signed = (text: string, { id }: Spoken) => `${text} ${id} - gsmtp`

const gsmtp: Texts = {
  banner: spoken => signed(`${spoken.name} ESMTP`, spoken),
  hello: ({ name, client }) => `${name} at your service, [${client}]`,
  sender: spoken => signed('OK', spoken),
  recipient: spoken => signed('OK', spoken),
  go: spoken => signed('Go ahead', spoken),
  accepted: spoken => signed(`OK ${spoken.unixTime}`, spoken),
  chunk: spoken => signed('OK', spoken),
  reset: spoken => signed('Flushed', spoken),
  startTls: () => 'Ready to start TLS',
  authenticated: () => 'Accepted',
  bye: spoken => signed('closing connection', spoken),
  needTls: spoken => signed('Must issue a STARTTLS command first.', spoken),
  needAuth: spoken => signed('Authentication Required.', spoken),
  wrongPassword: spoken => signed('Username and Password not accepted.', spoken),
  other: (text, spoken) => signed(text, spoken),
}

export const styles: Readonly<Record<'plain' | 'gsmtp', Texts>> = { plain, gsmtp }
