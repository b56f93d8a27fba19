// Follows links to real servers without writing anything down: as far as a relay has to know of them when TLS begins.

import type { Link, Tap } from '../net/link.ts'
import type { Side } from '../wire/decoder.ts'
import { form as rawForm } from '../wire/raw.ts'
import type { Follower, TapeForm } from '../wire/tape.ts'
import type { Following } from './recorder.ts'

export class Overhearer implements Tap {
  readonly #forms: ReadonlyMap<string, TapeForm>
  readonly #links = new Map<Link, Overheard>()

  constructor(forms: ReadonlyMap<string, TapeForm>) {
    this.#forms = forms
  }

  opened(link: Link): void {
    this.#links.set(link, new Overheard(this.#forms.get(link.protocol) ?? rawForm, link.transport))
  }

  plain(link: Link, from: Side, bytes: Uint8Array): void {
    // The octets are a tap's only during the call.
    this.#links.get(link)?.heard(from, Buffer.from(bytes))
  }

  secured(link: Link): void {
    this.#links.get(link)?.secured()
  }

  closed(link: Link): void {
    this.#links.delete(link)
  }

  following(link: Link): Following | undefined {
    return this.#links.get(link)
  }
}

class Overheard implements Following {
  readonly #follower: Follower
  readonly isStream: boolean
  /** What is not written down may be what it likes. */
  readonly refusal = undefined
  startsTls = false

  constructor(form: TapeForm, transport: 'tcp' | 'udp') {
    this.#follower = form.follow(transport)
    this.isStream = form.kind(transport) === 'stream'
  }

  get held(): number {
    return this.#follower.held
  }

  heard(from: Side, octets: Buffer): void {
    this.startsTls = false
    this.#follower.push(from, octets)
    for (let heard = this.#follower.next(); heard !== undefined; heard = this.#follower.next()) {
      if (heard.from === 'server' && heard.kind !== 'piece') this.startsTls = heard.startTls ?? false
    }
  }

  secured(): void {
    this.#follower.secured()
    while (this.#follower.next() !== undefined);
  }
}
