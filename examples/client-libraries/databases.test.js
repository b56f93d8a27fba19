// Databases: pg, redis, ioredis, mysql2 and mongodb, some of them by TLS after a first word in the clear.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createNetwork, tcp } from 'backlot'
import { Redis } from 'ioredis'
import { BSON, MongoClient } from 'mongodb'
import mysql from 'mysql2'
import mysqlPromise from 'mysql2/promise'
import pg from 'pg'
import { createClient } from 'redis'
import { relay, started } from './relay.js'

/** A message of PostgreSQL: a letter, a length that counts itself, and what it holds. */
const pgMessage = (letter, ...parts) => {
  const content = Buffer.concat(parts.map(part => (typeof part === 'number' ? int32(part) : Buffer.from(part))))
  return Buffer.concat([Buffer.from(letter), int32(content.length + 4), content])
}
const int32 = number => {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(number)
  return bytes
}
const int16 = number => int32(number).subarray(2)

/** PostgreSQL with one answer to every query. */
const postgres = tcp(
  async connection => {
    const ready = pgMessage('Z', 'I')
    let startup = await connection.readExactly((await connection.readExactly(4)).readInt32BE(0) - 4)
    if (startup.readInt32BE(0) === 80877103) {
      await connection.write('S')
      await connection.startTls()
      startup = await connection.readExactly((await connection.readExactly(4)).readInt32BE(0) - 4)
    }
    assert.equal(startup.readInt32BE(0), 196608)
    await connection.write(Buffer.concat([pgMessage('R', 0), ready]))
    for (;;) {
      const head = await connection.readExactly(5)
      if (head === undefined || head[0] === 0x58) return
      await connection.readExactly(head.readInt32BE(1) - 4)
      const column = Buffer.concat([Buffer.from('n\0'), int32(0), int16(0), int32(25), int16(-1), int32(-1), int16(0)])
      await connection.write(
        Buffer.concat([
          pgMessage('T', int16(1), column),
          pgMessage('D', int16(1), int32(2), '42'),
          pgMessage('C', 'SELECT 1\0'),
          ready,
        ]),
      )
    }
  },
  { port: 5432 },
)

for (const ssl of [false, true]) {
  test(`pg asks a database by a client and by a pool${ssl ? ', under TLS' : ''}`, async () => {
    await using network = await createNetwork()
    await network.host('db.example', { postgres })
    using _inside = network.intercept()
    const settings = { host: 'db.example', user: 'ada', database: 'ada', ssl }
    const client = new pg.Client(settings)
    await client.connect()
    assert.deepEqual((await client.query('select n')).rows, [{ n: '42' }])
    await client.end()
    const pool = new pg.Pool(settings)
    assert.deepEqual((await pool.query('select n')).rows, [{ n: '42' }])
    await pool.end()
  })
}

/** Redis with one key. */
const redis = (port, tls) =>
  tcp(
    async connection => {
      for (;;) {
        const count = await connection.readUntil('\r\n')
        if (count === undefined) return
        const words = []
        for (let i = 0; i < Number(String(count).slice(1)); i++) {
          const length = Number(String(await connection.readUntil('\r\n')).slice(1))
          words.push(String((await connection.readExactly(length + 2)).subarray(0, length)))
        }
        const [verb, key] = [words[0].toUpperCase(), words[1]]
        if (verb === 'GET') await connection.write(`$${key.length + 9}\r\nvalue of ${key}\r\n`)
        else if (verb === 'HELLO') await connection.write('%1\r\n+proto\r\n:3\r\n')
        else if (verb === 'INFO') await connection.write('$16\r\nredis_version:7\n\r\n')
        else await connection.write('+OK\r\n')
      }
    },
    { port, tls },
  )

for (const tls of [false, true]) {
  test(`redis and ioredis get a key${tls ? ' under TLS' : ''}`, async () => {
    await using network = await createNetwork()
    await network.host('cache.example', { redis: redis(6379, tls) })
    using _inside = network.intercept()
    const client = createClient({ url: `${tls ? 'rediss' : 'redis'}://cache.example:6379` })
    await client.connect()
    assert.equal(await client.get('a'), 'value of a')
    client.destroy()
    const other = new Redis({ host: 'cache.example', ...(tls ? { tls: {} } : {}), lazyConnect: true })
    await other.connect()
    assert.equal(await other.get('b'), 'value of b')
    other.disconnect()
  })
}

test('mysql2 asks a database', async context => {
  const server = mysql.createServer()
  server.on('connection', connection => {
    connection.serverHandshake({
      protocolVersion: 10,
      serverVersion: 'fake',
      connectionId: 1,
      statusFlags: 2,
      characterSet: 8,
      capabilityFlags: 0xffffff ^ 0x800,
    })
    connection.on('query', () => connection.writeOk({ affectedRows: 42 }))
    connection.on('error', () => {})
  })
  await using network = await createNetwork()
  await network.host('db.example', { mysql: relay(3306, await started(context, server._server)) })
  using _inside = network.intercept()
  const connection = await mysqlPromise.createConnection({ host: 'db.example', user: 'ada' })
  const [{ affectedRows }] = await connection.query('update n')
  assert.equal(affectedRows, 42)
  connection.destroy()
})

/** MongoDB's OP_MSG: a header of four numbers, flags, and one document. */
const mongo = tcp(
  async connection => {
    for (;;) {
      const head = await connection.readExactly(16)
      if (head === undefined) return
      const body = await connection.readExactly(head.readInt32LE(0) - 16)
      const old = head.readInt32LE(12) === 2004
      const asked = BSON.deserialize(old ? body.subarray(body.indexOf(0, 4) + 9) : body.subarray(5))
      const reply = BSON.serialize({
        ok: 1,
        isWritablePrimary: true,
        helloOk: true,
        minWireVersion: 0,
        maxWireVersion: 21,
        maxBsonObjectSize: 16777216,
        maxMessageSizeBytes: 48000000,
        maxWriteBatchSize: 100000,
        ...(asked.find ? { cursor: { id: 0n, ns: 'a.b', firstBatch: [{ _id: 1, n: 42 }] } } : {}),
      })
      const lead = old ? Buffer.alloc(20) : Buffer.alloc(5)
      if (old) lead.writeInt32LE(1, 16)
      const out = Buffer.alloc(16)
      out.writeInt32LE(16 + lead.length + reply.length, 0)
      out.writeInt32LE(head.readInt32LE(4), 8)
      out.writeInt32LE(old ? 1 : 2013, 12)
      await connection.write(Buffer.concat([out, lead, reply]))
    }
  },
  { port: 27017 },
)

test('mongodb finds a document', async () => {
  await using network = await createNetwork()
  await network.host('mongo.example', { mongo })
  using _inside = network.intercept()
  const client = new MongoClient('mongodb://mongo.example/?directConnection=true', { serverSelectionTimeoutMS: 3000 })
  assert.equal((await client.db('a').collection('b').findOne({})).n, 42)
  await client.close()
})
