import { expect, test } from 'vitest'
import { worldJsonSchema } from './json-schema.ts'

test('the JSON schema that lies beside the worlds is the one of their check', async () => {
  const text = `${JSON.stringify(worldJsonSchema(), undefined, 2)}\n`
  await expect(text).toMatchFileSnapshot('./world.schema.json')
})

test('the JSON schema knows hosts, services and their options', () => {
  const schema = JSON.parse(JSON.stringify(worldJsonSchema()))
  const host = schema.properties.hosts.additionalProperties
  expect(Object.keys(host.properties)).toEqual(['addresses', 'alsoAt', 'names', 'services'])
  expect(host.additionalProperties).toBe(false)
  expect(JSON.stringify(host.properties.services.properties.smtp)).toContain('#/$defs/smtp')
  expect(schema.$defs.smtp.properties.style.enum).toEqual(['plain', 'gsmtp'])
})
