// Cookies (RFC 7873, RFC 9018): a server gives every client that has one its own, and a later version of itself knows it.
// Left out: BADCOOKIE, for nobody floods a fake.

import { createHmac } from 'node:crypto'
import type { Site } from '../../net/service.ts'
import type { Edns, EdnsOption } from '../../wire/dns/edns.ts'

const cookieOption = 10
/** Octets that are the client's own. */
const ownBytes = 8

export class Cookies {
  readonly #site: Site
  #secret: Buffer | undefined

  constructor(site: Site) {
    this.#site = site
  }

  /** The options of an answer: a cookie, where the client sent one. */
  options({ options }: Edns, client: string): EdnsOption[] {
    const given = options.find(({ code }) => code === cookieOption)
    if (given === undefined || isBadCookie(given)) return []
    const own = given.data.subarray(0, ownBytes)
    const head = Buffer.alloc(8)
    head[0] = 1
    head.writeUInt32BE(Math.floor(this.#site.clock.now() / 1000) >>> 0, 4)
    this.#secret ??= this.#site.network.random(`dns cookies of ${this.#site.host.name}`).bytes(16)
    const hash = createHmac('sha256', this.#secret).update(own).update(head).update(client).digest().subarray(0, 8)
    return [{ code: cookieOption, data: Buffer.concat([own, head, hash]) }]
  }
}

/** RFC 7873 §5.2.2: 8 octets of the client's, then none or 8 to 32 of the server's. */
export function isBadCookie({ code, data }: EdnsOption): boolean {
  return code === cookieOption && data.length !== ownBytes && (data.length < 16 || data.length > 40)
}
