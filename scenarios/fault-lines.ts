// For the table of faults: a service of lines over TCP, also as a module that a world names.

import type { TcpRules } from '../index.ts'

export default (): TcpRules => ({ greeting: 'hello\n', delimiter: '\n', answer: line => line })
