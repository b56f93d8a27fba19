// The JSON schema of world files, for editors: completion and red lines as one types. Made when the package is built.

import { toJsonSchema } from '@valibot/to-json-schema'
import { definitions, worldSchema } from './schema.ts'

export function worldJsonSchema(): object {
  const { $schema, ...rest } = toJsonSchema(worldSchema(), { typeMode: 'input', errorMode: 'ignore', definitions })
  return { $schema, title: 'A world of backlot', ...rest }
}
