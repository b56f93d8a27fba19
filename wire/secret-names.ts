// Which names of fields (headers, parameters, members, parts of forms) say that their value is a secret. By the name
// only: what looks like chance is often a picture. Left out: `code` and `key`, which are secrets in few places only.

/** Without any of these no name is one of a secret, and nearly all names have none of them. */
const hint =
  /pass|pwd|secret|token|key|sess|sid|auth|cred|sig|otp|pin|cvv|cvc|csc|jwt|csrf|xsrf|assertion|code|bearer|saml/i

/** Names longer than this are text. */
const maxName = 100

const exact = new Map<string, string>([
  ...words('password', 'pass pwd userpwd passwd passphrase passcode pswd'),
  ...words('pin', 'otp totp pin pincode cvv cvv2 cvc cvc2 csc securitycode otpcode mfacode totpcode smscode'),
  ...words('pin', 'verificationcode onetimecode backupcode'),
  ...words('token', 'jwt bearer csrf xsrf xcsrf xxsrf'),
  ...words('authorization', 'auth authorization xauth xauthorization proxyauthorization samlresponse'),
  ...words('session', 'session sessid sid'),
  ...words('credential', 'credentials'),
  ...words('signature', 'sig'),
  ...words('code', 'codeverifier devicecode'),
])

/** How a name ends: `new_password`, `clientSecret`, `X-Vault-Token`. */
const endings: readonly (readonly [ending: string, kind: string])[] = [
  ...words('password', 'password passwd passphrase pwd'),
  ...words('secret', 'secret'),
  ...words('token', 'token assertion'),
  ...words('api-key', 'apikey subscriptionkey functionskey functionkey authkey'),
  ...words('key', 'accesskey accesskeyid secretkey privatekey sharedkey masterkey'),
  ...words('key', 'licensekey licencekey customerkey signingkey encryptionkey'),
  ...words('session', 'sessionid sessionkey sessid'),
  ...words('credential', 'credential'),
  ...words('signature', 'signature'),
]

/** What comes after the word in the second field of a form, or beside the first. */
const repeated =
  /(password|passwd|pwd|passphrase)(?:\d|again|check|confirm|confirmation|confirmed|hash|new|old|repeat)$/

/** Marks of a place in a list, of an attempt and of a text: no secrets, and requests differ by them. */
const noSecret =
  /(?:next|previous|prev|page|paging|pagination|continuation|sync|resume|start|cursor|idempotency|clientrequest|bos|eos|pad|unk|mask|cls|sep|stop|special)token$/

function words(kind: string, names: string): [string, string][] {
  return names.split(' ').map(name => [name, kind])
}

/** A name without what is written in several ways: `X-Api-Key`, `x_api_key` and `xApiKey` are one. */
export function plainName(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '')
}

/** The kind of secret that a field holds, for example `token` for `refreshToken`; undefined for other fields. */
export function secretKind(name: string): string | undefined {
  if (name.length > maxName || !hint.test(name)) return undefined
  const plain = plainName(name)
  const kind = exact.get(plain)
  if (kind !== undefined) return kind
  for (const [ending, each] of endings) {
    if (plain.endsWith(ending)) return each === 'token' && noSecret.test(plain) ? undefined : each
  }
  return repeated.test(plain) ? 'password' : undefined
}

/** Names whose value is a secret also where it is a number; a count of tokens or a numbered session is none. */
export function mayBeNumber(kind: string): boolean {
  return kind === 'pin' || kind === 'password'
}

/** What is anew in each request by the rules of OAuth 1 and of signed URLs, beside the signature itself. */
const fresh = new Set(['oauthnonce', 'oauthtimestamp', 'xamzdate', 'xgoogdate'])

/** Whether a parameter differs in each request although nothing else is asked. */
export function isFresh(name: string): boolean {
  return name.length <= 20 && /nonce|timestamp|date/i.test(name) && fresh.has(plainName(name))
}
