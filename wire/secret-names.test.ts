import { expect, test } from 'vitest'
import { isFresh, mayBeNumber, plainName, secretKind } from './secret-names.ts'

test('a name is the same however it is written', () => {
  for (const name of ['X-Api-Key', 'x_api_key', 'xApiKey', 'XAPIKEY']) expect(plainName(name)).toBe('xapikey')
})

const secrets: Record<string, string> = {
  password:
    'password passwd pwd passphrase new_password currentPassword password2 password_confirmation user[password]',
  token:
    'token access_token refreshToken id_token csrf_token X-CSRF-Token X-Auth-Token X-Amz-Security-Token Private-Token jwt client_assertion authenticity_token csrfmiddlewaretoken',
  secret: 'secret client_secret clientSecret app-secret',
  'api-key': 'api_key apikey X-Api-Key Api-Key X-RapidAPI-Key Ocp-Apim-Subscription-Key',
  key: 'access_key AWSAccessKeyId privateKey secretAccessKey',
  session: 'session sessionid session_id PHPSESSID JSESSIONID sid Mcp-Session-Id',
  authorization: 'auth authorization Proxy-Authorization',
  credential: 'credential credentials X-Amz-Credential X-Goog-Credential',
  signature: 'signature X-Amz-Signature oauth_signature sig',
  pin: 'otp pin cvv cvc security_code',
  code: 'code_verifier device_code',
}

test.for(Object.entries(secrets))('names of a %s', ([kind, names]) => {
  for (const name of names.split(' ')) expect([name, secretKind(name)]).toEqual([name, kind])
})

test('a name that only has such a word in it is none of a secret', () => {
  const names =
    'key keys code public_key Sec-WebSocket-Key Idempotency-Key tokens max_tokens token_type next_token pageToken NextContinuationToken ClientRequestToken eos_token author assignee design oauth_signature_method Access-Control-Allow-Credentials WWW-Authenticate mapping spin passenger password_policy passed sidebar secretary session_state'
  for (const name of names.split(' ')) expect([name, secretKind(name)]).toEqual([name, undefined])
  expect(secretKind(`${'a'.repeat(200)}token`)).toBeUndefined()
})

test('a number is a secret where the name says a code to type', () => {
  expect(['pin', 'password', 'token', 'session'].map(mayBeNumber)).toEqual([true, true, false, false])
})

test('nonces and times of signatures are anew in each request', () => {
  for (const name of ['oauth_nonce', 'oauth_timestamp', 'X-Amz-Date', 'X-Goog-Date']) expect(isFresh(name)).toBe(true)
  for (const name of ['nonce', 'date', 'timestamp', 'X-Amz-Expires']) expect(isFresh(name)).toBe(false)
})
