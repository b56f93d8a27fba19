// The first words, what a server can do, and TLS.

import { loginLine, says } from '../imap-client.ts'
import type { Scenario } from '../scenario.ts'

export const greetings: readonly Scenario[] = [
  says(
    'a greeting and a goodbye',
    ['LOGOUT'],
    `
    S: * OK [CAPABILITY …]
    C: LOGOUT
    S: * BYE
    S: OK
  `,
  ),
  says(
    'CAPABILITY before a login and after',
    ['CAPABILITY', loginLine, 'CAPABILITY', 'LOGOUT'],
    `
    S: * OK [CAPABILITY …]
    C: CAPABILITY
    S: * CAPABILITY …
    S: OK
    C: LOGIN ada lovelace
    S: * CAPABILITY …
    S: OK
    C: CAPABILITY
    S: * CAPABILITY …
    S: OK
    C: LOGOUT
    S: * BYE
    S: OK
  `,
  ),
  says(
    'NOOP before a login and after',
    ['NOOP', loginLine, 'NOOP', 'LOGOUT'],
    `
    S: * OK [CAPABILITY …]
    C: NOOP
    S: OK
    C: LOGIN ada lovelace
    S: OK [CAPABILITY …]
    C: NOOP
    S: OK
    C: LOGOUT
    S: * BYE
    S: OK
  `,
  ),
  says(
    'ID',
    ['ID NIL', 'ID ("name" "test" "version" "1")', loginLine, 'ID NIL', 'ID', 'ID (x)', 'LOGOUT'],
    `
    S: * OK [CAPABILITY …]
    C: ID NIL
    S: * ID …
    S: OK
    C: ID ("name" "test" "version" "1")
    S: * ID …
    S: OK
    C: LOGIN ada lovelace
    S: OK [CAPABILITY …]
    C: ID NIL
    S: * ID …
    S: OK
    C: ID
    S: * ID …
    S: OK
    C: ID (x)
    S: * ID …
    S: OK
    C: LOGOUT
    S: * BYE
    S: OK
  `,
  ),
  says(
    'STARTTLS, and a session under it',
    ['STARTTLS', 'CAPABILITY', loginLine, 'NOOP', 'LOGOUT'],
    `
    S: * OK [CAPABILITY …]
    C: STARTTLS
    S: OK
    C: CAPABILITY
    S: * CAPABILITY …
    S: OK
    C: LOGIN ada lovelace
    S: OK [CAPABILITY …]
    C: NOOP
    S: OK
    C: LOGOUT
    S: * BYE
    S: OK
  `,
  ),
  says(
    'STARTTLS twice',
    ['STARTTLS', 'STARTTLS', 'LOGOUT'],
    `
    S: * OK [CAPABILITY …]
    C: STARTTLS
    S: OK
    C: STARTTLS
    S: BAD
    C: LOGOUT
    S: * BYE
    S: OK
  `,
  ),
  says(
    'STARTTLS after a login',
    [loginLine, 'STARTTLS', 'LOGOUT'],
    `
    S: * OK [CAPABILITY …]
    C: LOGIN ada lovelace
    S: OK [CAPABILITY …]
    C: STARTTLS
    S: BAD
    C: LOGOUT
    S: * BYE
    S: OK
  `,
  ),
  says(
    'NAMESPACE and ENABLE',
    [loginLine, 'NAMESPACE', 'ENABLE CONDSTORE', 'ENABLE FOO', 'ENABLE', 'LOGOUT'],
    `
    S: * OK [CAPABILITY …]
    C: LOGIN ada lovelace
    S: OK [CAPABILITY …]
    C: NAMESPACE
    S: * NAMESPACE (("" "/")) NIL NIL
    S: OK
    C: ENABLE CONDSTORE
    S: * ENABLED CONDSTORE
    S: OK
    C: ENABLE FOO
    S: OK
    C: ENABLE
    S: OK
    C: LOGOUT
    S: * BYE
    S: OK
  `,
  ),
]
