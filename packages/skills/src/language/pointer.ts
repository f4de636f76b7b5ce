/** A name as a step of a JSON Pointer. (RFC 6901 §3) @example pointerStep('a/b') === '/a~1b' */
export function pointerStep(name: string): string {
  return `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`
}

/** The names a JSON Pointer consists of. @example readPointer('/a~1b/c') // ['a/b', 'c'] */
export function readPointer(pointer: string): readonly string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
}
