// The first module of a worker thread that was started in a network: from here on all of the thread lives there.

import { getEnvironmentData } from 'node:worker_threads'
import { intercept } from './intercept.ts'
import { CopiedNetwork } from './shared-network.ts'
import { memoryKey } from './workers.ts'

const memory: unknown = getEnvironmentData(memoryKey)
if (memory instanceof SharedArrayBuffer) intercept(new CopiedNetwork(memory))
