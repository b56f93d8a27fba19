// For `setupFiles` of vitest: keeps the whole suite off the world outside. Whatever is not this machine's is refused with
// an OfflineError that names the line that adds it; networks of tests are reached as ever.

import { guardOffline } from '../net/intercept/intercept.ts'
import { keepTurnsReal } from './timers.ts'

keepTurnsReal()
// For the life of the worker: code that goes on after its test, or its file, must not get out either.
guardOffline()
