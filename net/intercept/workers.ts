// Worker threads that code in a network starts: each has modules of its own, so it is given a first one that leads its
// connections as here. A thread that was started before, or by a class taken off node:worker_threads before, cannot be led.

import { extname, join } from 'node:path'
import type WorkerThreads from 'node:worker_threads'
import { OfflineError } from '../errors.ts'
import type { Network } from '../network.ts'
import { current, type InterceptedNetwork } from './context.ts'
import { type Construct, Patch } from './patch.ts'
import { CopiedNetwork, SharedNetwork } from './shared-network.ts'

/** Under which a thread finds the memory that tells it of its network. */
export const memoryKey = 'backlot: network of this thread'

const first = join(import.meta.dirname, `in-worker${extname(import.meta.filename)}`)

const shared = new WeakMap<InterceptedNetwork, SharedNetwork>()

function memoryOf(network: InterceptedNetwork): SharedArrayBuffer {
  if (network instanceof CopiedNetwork) return network.memory
  let made = shared.get(network)
  if (made === undefined) shared.set(network, (made = new SharedNetwork(network as Network)))
  return made.memory
}

/** Workers that were led. */
const led = new WeakSet<object>()

export function workerPatches(module: typeof WorkerThreads): Patch[] {
  const start: Construct = (original, [script, given], newTarget) => {
    const here = current()
    if (here === undefined) return Reflect.construct(original, [script, given], newTarget)
    const { network } = here
    if (network === undefined) throw here.offline('a worker thread', '')
    const options = (given ?? {}) as WorkerThreads.WorkerOptions
    const make = (flags: readonly string[]): object => {
      const execArgv = ['--require', first, ...flags]
      return Reflect.construct(original, [script, { ...options, execArgv }], newTarget)
    }
    const before = module.getEnvironmentData(memoryKey)
    module.setEnvironmentData(memoryKey, memoryOf(network) as unknown as WorkerThreads.Serializable)
    try {
      const worker = options.execArgv === undefined ? inheriting(make) : make(options.execArgv)
      led.add(worker)
      return worker
    } finally {
      module.setEnvironmentData(memoryKey, before)
    }
  }
  return [new Patch(module, 'Worker', start, 'class')]
}

/** With the flags of this process as threads have them; what is V8's or the process's a thread cannot be given again. */
function inheriting(make: (flags: readonly string[]) => object): object {
  try {
    return make(process.execArgv)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code !== 'ERR_WORKER_INVALID_EXEC_ARGV') throw error
    const refused = message.slice(message.indexOf(': ') + 2).split(', ')
    return make(process.execArgv.filter(flag => !refused.includes(flag)))
  }
}

/** Ends a thread of code in a network that was started past our class, before it has run. */
export function endStray(worker: WorkerThreads.Worker): void {
  if (led.has(worker) || worker.constructor.name === 'InternalWorker' || current() === undefined) return
  void worker.terminate()
  const problem = 'expected a worker thread that can be led into the network, got one of a Worker class that was taken'
  worker.emit(
    'error',
    new OfflineError(
      `${problem} off node:worker_threads before; write new workerThreads.Worker(…), or import it later`,
    ),
  )
}
