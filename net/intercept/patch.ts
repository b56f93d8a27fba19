// Replacing a function of Node and putting it back exactly as it was.

// biome-ignore lint/complexity/noBannedTypes: functions of any shape are replaced
type AnyFunction = Function

export class Patch {
  readonly #target: object
  readonly #key: PropertyKey
  readonly #make: (original: AnyFunction) => AnyFunction
  #before: PropertyDescriptor | undefined
  #replacement: AnyFunction | undefined

  /** `make` is given the function that is replaced and gives the one that takes its place. */
  constructor(target: object, key: PropertyKey, make: (original: AnyFunction) => AnyFunction) {
    this.#target = target
    this.#key = key
    this.#make = make
  }

  install(): void {
    if (this.#replacement !== undefined) return
    const own = Object.getOwnPropertyDescriptor(this.#target, this.#key)
    const original = (this.#target as Record<PropertyKey, AnyFunction>)[this.#key]
    // Older versions of Node lack some.
    if (original === undefined) return
    const replacement = this.#make(original)
    // What hangs on the function comes along: what util.promisify needs to know, name, length.
    for (const [key, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(original))) {
      if (key !== 'prototype') Object.defineProperty(replacement, key, descriptor)
    }
    for (const symbol of Object.getOwnPropertySymbols(original)) {
      Object.defineProperty(replacement, symbol, Object.getOwnPropertyDescriptor(original, symbol)!)
    }
    this.#before = own
    this.#replacement = replacement
    Object.defineProperty(this.#target, this.#key, {
      ...(own ?? { enumerable: false, configurable: true, writable: true }),
      value: replacement,
    })
  }

  /** Where others have replaced the function in the meantime, theirs stays; ours below it does nothing any more. */
  remove(): void {
    if (this.#replacement === undefined) return
    const now = Object.getOwnPropertyDescriptor(this.#target, this.#key)
    if (now?.value !== this.#replacement) return
    if (this.#before === undefined) delete (this.#target as Record<PropertyKey, unknown>)[this.#key]
    else Object.defineProperty(this.#target, this.#key, this.#before)
    this.#replacement = undefined
  }
}
