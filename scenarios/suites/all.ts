// Every suite that runs on three targets.

import { suite as dns } from './dns.ts'
import { suite as http } from './http.ts'
import { suite as imap } from './imap.ts'
import { suite as pop3 } from './pop3.ts'
import type { Suite } from './scenario.ts'
import { suite as smtp } from './smtp.ts'

export const suites: readonly Suite[] = [dns, http, smtp, pop3, imap]
