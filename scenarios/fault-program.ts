// For the table of faults: a program that asks services in turn, twice each, and prints what came of it as JSON.

import { hostName, outcomeOf, subjects, type Where } from './fault-subjects.ts'

const [patienceMs, everybody, ...names] = process.argv.slice(2)
const where: Where = { at: port => ({ host: hostName, port }), ca: undefined, timeoutMs: 10_000 }
/** Whether the next client fares no better. */
const isForAll = everybody === 'everybody'
const outcomes: Record<string, string[]> = {}
for (const name of names) {
  const subject = subjects.find(each => each.name === name)!
  const first = await outcomeOf(subject, { ...where, timeoutMs: Number(patienceMs) })
  outcomes[name] = [first, isForAll ? first : await outcomeOf(subject, where)]
}
console.log(JSON.stringify(outcomes))
process.exit()
