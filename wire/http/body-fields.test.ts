import { expect, describe as group, test } from 'vitest'
import {
  fieldsOf,
  replaceFields,
  replaceInUrls,
  replaceMembers,
  replaceParameters,
  replaceParts,
} from './body-fields.ts'

/** Replaces the values of fields whose name begins with x, and notes what it was asked. */
function asking() {
  const asked: string[] = []
  const replace = (name: string, value: string, isNumber: boolean) => {
    asked.push(`${name}=${value}${isNumber ? ' (number)' : ''}`)
    return name.startsWith('x') ? '‹›' : undefined
  }
  return { asked, replace }
}

const mark = (name: string) => (name.startsWith('x') ? '‹›' : undefined)

group('parameters', () => {
  test('are replaced where they stand, the rest stays as it was spelled', () => {
    const { asked, replace } = asking()
    expect(replaceParameters('a=1&x=%61+b&%78y=c%2f&&x&x=&=d&b=x=2', replace, 'url')).toBe(
      'a=1&x=‹›&%78y=‹›&&x&x=&=d&b=x=2',
    )
    expect(asked).toEqual(['a=1', 'x=a+b', 'xy=c/', '=d', 'b=x=2'])
  })

  test('of a form have + for blanks, a line end after them and percents that mean nothing', () => {
    const { asked, replace } = asking()
    expect(replaceParameters('x=a+b%zz\r\n', replace, 'form')).toBe('x=‹›\r\n')
    expect(asked).toEqual(['x=a b%zz'])
  })

  test('are found in time that grows with the text', () => {
    const text = `${'&'.repeat(2_000_000)}x=1`
    expect(replaceParameters(text, mark, 'url').endsWith('&x=‹›')).toBe(true)
  })
})

group('URLs in text', () => {
  test.for([
    ['GET /a?x=1&b=2 HTTP/1.1', 'GET /a?x=‹›&b=2 HTTP/1.1'],
    ['https://a.example/#x=1&b=2', 'https://a.example/#x=‹›&b=2'],
    [
      '<https://a.example/?x=1>; rel="next", <https://a.example/?b=1&x=2>',
      '<https://a.example/?x=‹›>; rel="next", <https://a.example/?b=1&x=‹›>',
    ],
    ['0; url=/b?x=1#x=2', '0; url=/b?x=‹›#x=‹›'],
    ['x=1', 'x=1'],
  ] as const)('%s', ([text, replaced]) => {
    expect(replaceInUrls(text, mark)).toBe(replaced)
  })

  test('what stands before a host is a password', () => {
    const { asked } = asking()
    const replace = (name: string, value: string) => {
      asked.push(`${name}=${value}`)
      return '‹›'
    }
    expect(replaceInUrls('GET http://ann:s%65cret@a.example/@b HTTP/1.1', replace)).toBe(
      'GET http://ann:‹›@a.example/@b HTTP/1.1',
    )
    expect(replaceInUrls('git+https://abc@a.example', replace)).toBe('git+https://‹›@a.example')
    expect(asked).toEqual(['password=secret', 'password=abc'])
  })
})

group('members', () => {
  test('are replaced at any depth, with their escapes and blanks around left', () => {
    const { asked, replace } = asking()
    const text = '{ "a" : [ {"x": "1"}, {"\\u0078y" :\n"a\\"b\\\\" } ], "xn": -1.5e3, "b": {"x2": true, "x3": null} }'
    expect(replaceMembers(text, replace)).toBe(
      '{ "a" : [ {"x": "‹›"}, {"\\u0078y" :\n"‹›" } ], "xn": ‹›, "b": {"x2": true, "x3": null} }',
    )
    expect(asked).toEqual(['x=1', 'xy=a"b\\', 'xn=-1.5e3 (number)'])
  })

  test('that are lists have each text in them replaced, and objects in them are looked into', () => {
    expect(replaceMembers('{"x":["a","b",[1],{"x":"c","d":"e"},"f"],"g":"h"}', mark)).toBe(
      '{"x":["‹›","‹›",[‹›],{"x":"‹›","d":"e"},"f"],"g":"h"}',
    )
    expect(replaceMembers('["x","y"]', mark)).toBe('["x","y"]')
  })

  test('of several values in a row are found, and an empty one is left', () => {
    expect(replaceMembers('{"x":"a"}\n{"x":""}\n{"x":"b"}\n', mark)).toBe('{"x":"‹›"}\n{"x":""}\n{"x":"‹›"}\n')
  })

  test('a placeholder is a value, with quotes and without', () => {
    const { asked, replace } = asking()
    const text = '{"x":"‹secret:a:2›","x1":‹secret:pin›,"y":1}'
    expect(replaceMembers(text, replace)).toBe('{"x":"‹›","x1":‹›,"y":1}')
    expect(asked).toEqual(['x=‹secret:a:2›', 'x1=‹secret:pin› (number)', 'y=1 (number)'])
    const latin1 = Buffer.from(text).toString('latin1')
    expect(replaceMembers(latin1, () => '*')).toBe('{"x":"*","x1":*,"y":*}')
  })

  test('of broken text are found as far as they go', () => {
    expect(replaceMembers('{"x":"a', mark)).toBe('{"x":"‹›')
    expect(replaceMembers('{"x":', mark)).toBe('{"x":')
    expect(replaceMembers('"x"', mark)).toBe('"x"')
    expect(replaceMembers('}]{"x":"\\q"', mark)).toBe('}]{"x":"‹›"')
  })

  test.for(['[', '{"a":', '"\\', '\\"', '{"x":['])('two million characters of %s are no burden', piece => {
    const text = piece.repeat(Math.ceil(2_000_000 / piece.length))
    expect(replaceMembers(text, mark)).toBe(text)
  })
})

group('parts', () => {
  const text = [
    'preamble --b is none',
    '--b',
    'Content-Disposition: form-data; filename="y"; name="x"',
    '',
    'line 1',
    '--bc',
    'line 2',
    '--b',
    'Content-Type: application/json; charset=utf-8',
    'content-disposition: form-data; name=a',
    '',
    '{"x":"1"}',
    '--b',
    '',
    'no head',
    '--b--',
    'x',
  ].join('\r\n')

  test('are replaced between their delimiters, and looked into where they are JSON', () => {
    expect(replaceParts(text, 'b', mark)).toBe(text.replace('line 1\r\n--bc\r\nline 2', '‹›').replace('"1"', '"‹›"'))
  })

  test('with bare line feeds, an empty one, a cut one and no delimiter at all', () => {
    expect(replaceParts('--b\nContent-Disposition: form-data; name="x"\n\nsecret\n--b--\n', 'b', mark)).toBe(
      '--b\nContent-Disposition: form-data; name="x"\n\n‹›\n--b--\n',
    )
    const empty = '--b\r\nContent-Disposition: form-data; name="x"\r\n\r\n\r\n--b--\r\n'
    expect(replaceParts(empty, 'b', mark)).toBe(empty)
    expect(replaceParts('--b\r\nContent-Disposition: form-data; name=x\r\n\r\nsec', 'b', mark)).toMatch(/\n‹›$/)
    expect(replaceParts('secret', 'b', mark)).toBe('secret')
  })
})

test('the media type says how a body is read', () => {
  expect(fieldsOf('application/x-www-form-urlencoded; charset=UTF-8')).toEqual({ kind: 'form' })
  for (const type of [
    'application/json',
    'Application/Problem+JSON;q',
    'application/x-ndjson',
    'application/x-amz-json-1.1',
  ]) {
    expect(fieldsOf(type)).toEqual({ kind: 'json' })
  }
  expect(fieldsOf('multipart/form-data; charset=x; boundary=----WebKit')).toEqual({
    kind: 'multipart',
    boundary: '----WebKit',
  })
  expect(fieldsOf('multipart/mixed; boundary="a b"')).toEqual({ kind: 'multipart', boundary: 'a b' })
  for (const type of [undefined, '', 'text/plain', 'image/png', 'multipart/form-data']) {
    expect(fieldsOf(type)).toBeUndefined()
  }
  expect(replaceFields('x=1', { kind: 'form' }, mark)).toBe('x=‹›')
})
