// Replacing a function of Node and putting it back exactly as it was.

// biome-ignore lint/complexity/noBannedTypes: functions of any shape are replaced
type AnyFunction = Function

export class Patch {
  readonly #target: object
  readonly #key: PropertyKey
  readonly #make: (original: AnyFunction) => AnyFunction
  #before: PropertyDescriptor | undefined
  /** What stands in the function's place now; one of before, below somebody else's, only hands on. */
  #replacement: AnyFunction | undefined

  /** `make` is given the function that is replaced and gives the one that takes its place. */
  constructor(target: object, key: PropertyKey, make: (original: AnyFunction) => AnyFunction) {
    this.#target = target
    this.#key = key
    this.#make = make
  }

  install(): void {
    const own = Object.getOwnPropertyDescriptor(this.#target, this.#key)
    const original = (this.#target as Record<PropertyKey, AnyFunction>)[this.#key]
    // Older versions of Node lack some.
    if (original === undefined) return
    const made = this.#make(original)
    const isCurrent = () => this.#replacement === replacement
    const replacement: AnyFunction = function (this: unknown, ...args: unknown[]) {
      return (isCurrent() ? made : original).apply(this, args)
    }
    // What hangs on the function comes along: what util.promisify needs to know, name, length.
    for (const key of Reflect.ownKeys(original)) {
      if (key !== 'prototype') Object.defineProperty(replacement, key, Object.getOwnPropertyDescriptor(original, key)!)
    }
    this.#before = own
    this.#replacement = replacement
    Object.defineProperty(this.#target, this.#key, {
      ...(own ?? { enumerable: false, configurable: true, writable: true }),
      value: replacement,
    })
  }

  /** Where others have replaced the function in the meantime, theirs stays. */
  remove(): void {
    const replacement = this.#replacement
    this.#replacement = undefined
    const now = Object.getOwnPropertyDescriptor(this.#target, this.#key)
    if (replacement === undefined || now?.value !== replacement) return
    if (this.#before === undefined) Reflect.deleteProperty(this.#target, this.#key)
    else Object.defineProperty(this.#target, this.#key, this.#before)
  }
}
