// What one live connection of a dialogue is told: the server's turns, made what its client is to be told, and whoever
// follows the connection hears of it.

import type { Follower, Reveal, TapeFitting, TapeForm } from '../wire/tape.ts'
import type { Outlet } from './outlet.ts'
import type { Past } from './past.ts'
import { octetsOfStep, type ServerStep } from './script.ts'

export class Voice {
  readonly #form: TapeForm
  readonly #reveal: Reveal
  readonly #outlet: Outlet
  readonly #follower: Follower
  readonly #past: Past | undefined
  readonly #fitting: TapeFitting | undefined

  constructor(form: TapeForm, reveal: Reveal, outlet: Outlet, follower: Follower, past: Past | undefined) {
    this.#form = form
    this.#reveal = reveal
    this.#outlet = outlet
    this.#follower = follower
    this.#past = past
    this.#fitting = form.fitting?.()
  }

  say(step: ServerStep, folder: string): void {
    const { message, body } = step.scripted
    const fitted = this.#fitting === undefined ? message : this.#fitting.said(message)
    if (fitted === undefined) return
    const said: ServerStep = fitted === message ? step : { ...step, scripted: { ...step.scripted, message: fitted } }
    this.#outlet.send(octetsOfStep(said, this.#form, this.#reveal), folder)
    this.#follower.said(fitted)
    this.#past?.said(fitted, body?.size)
  }

  /** The client has said what the tape has, and may wait for more than that has. */
  answered(recorded: unknown, live: unknown): void {
    const message = this.#fitting?.asked(recorded, live)
    if (message === undefined) return
    this.#outlet.send(this.#form.encode({ message }, this.#reveal), '')
    this.#follower.said(message)
    this.#past?.said(message, undefined)
  }
}
