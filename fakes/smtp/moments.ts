// When something may go wrong in a conversation of SMTP on purpose.

export const smtpMoments = [
  'connect',
  'HELO',
  'EHLO',
  'STARTTLS',
  'AUTH',
  'MAIL',
  'RCPT',
  'DATA',
  'BDAT',
  'content',
  'accepted',
  'RSET',
  'NOOP',
  'VRFY',
  'EXPN',
  'HELP',
  'QUIT',
] as const

/**
 * A command, or `connect` for the banner, or `content` for the reply to a whole mail, or `accepted` for the same once the
 * mail has been taken: what goes wrong then is that the client does not know.
 */
export type SmtpMoment = (typeof smtpMoments)[number]
