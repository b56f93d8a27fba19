// When something may go wrong in a conversation of POP3 on purpose.

export const pop3Moments = [
  'connect',
  'CAPA',
  'STLS',
  'USER',
  'PASS',
  'APOP',
  'AUTH',
  'STAT',
  'LIST',
  'UIDL',
  'RETR',
  'TOP',
  'DELE',
  'RSET',
  'NOOP',
  'QUIT',
] as const

/** A command, or `connect` for the greeting. */
export type Pop3Moment = (typeof pop3Moments)[number]
