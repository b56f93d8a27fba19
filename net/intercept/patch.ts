// Replacing a function of Node and putting it back exactly as it was.

// biome-ignore lint/complexity/noBannedTypes: functions of any shape are replaced
type AnyFunction = Function

/** What is done instead of `new original(…args)`. */
export type Construct = (original: AnyFunction, args: unknown[], newTarget: AnyFunction) => object

export class Patch {
  readonly #target: object
  readonly #key: PropertyKey
  readonly #make: (original: AnyFunction) => AnyFunction
  readonly #construct: Construct | undefined
  #before: PropertyDescriptor | undefined
  /** What stands in the function's place now; one of before, below somebody else's, only hands on. */
  #replacement: AnyFunction | undefined

  /** `make` is given the function that is replaced and gives the one that takes its place. */
  constructor(target: object, key: PropertyKey, make: (original: AnyFunction) => AnyFunction)
  /** For a class: `construct` makes its objects. */
  constructor(target: object, key: PropertyKey, construct: Construct, kind: 'class')
  constructor(
    target: object,
    key: PropertyKey,
    make: ((original: AnyFunction) => AnyFunction) | Construct,
    kind?: 'class',
  ) {
    this.#target = target
    this.#key = key
    this.#make = kind === 'class' ? original => original : (make as (original: AnyFunction) => AnyFunction)
    this.#construct = kind === 'class' ? (make as Construct) : undefined
  }

  install(): void {
    const own = Object.getOwnPropertyDescriptor(this.#target, this.#key)
    const original = (this.#target as Record<PropertyKey, AnyFunction>)[this.#key]
    // Older versions of Node lack some.
    if (original === undefined) return
    const replacement = this.#construct === undefined ? this.#inPlaceOf(original) : this.#classFor(original)
    this.#before = own
    this.#replacement = replacement
    Object.defineProperty(this.#target, this.#key, {
      ...(own ?? { enumerable: false, configurable: true, writable: true }),
      value: replacement,
    })
  }

  #inPlaceOf(original: AnyFunction): AnyFunction {
    const made = this.#make(original)
    const isCurrent = () => this.#replacement === replacement
    const replacement: AnyFunction = function (this: unknown, ...args: unknown[]) {
      return (isCurrent() ? made : original).apply(this, args)
    }
    // What hangs on the function comes along: what util.promisify needs to know, name, length.
    for (const key of Reflect.ownKeys(original)) {
      if (key !== 'prototype') Object.defineProperty(replacement, key, Object.getOwnPropertyDescriptor(original, key)!)
    }
    return replacement
  }

  #classFor(original: AnyFunction): AnyFunction {
    const construct = this.#construct!
    const replacement: AnyFunction = new Proxy(original, {
      construct: (_target, args, newTarget) =>
        this.#replacement === replacement
          ? construct(original, args, newTarget)
          : Reflect.construct(original, args, newTarget),
    })
    return replacement
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
