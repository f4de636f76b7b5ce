/** Room for the calls of one parse. When the engine's own stack of 1 MB ends, which it reports, 1.5 MB of it are used. */
const stackBytes = 8 * 1024 * 1024

const pageBytes = 65_536
/** 1 GB: a source within its bound needs less than 200 MB. */
const maximumPages = 16_384
const memorySection = 5
const globalSection = 6
const exportSection = 7

/** A WebAssembly module with its stack at a place that is safe. */
export interface RelocatedModule {
  readonly bytes: Uint8Array<ArrayBuffer>
  /** Where the stack begins; it grows down to here, and what is below was put there by something else. */
  readonly stackLow: number
}

/**
 * Moves the stack of a module behind its data and bounds its memory.
 *
 * As it is built, the parser has 64 KB of stack right above its tables: a source that nests a few hundred levels deep
 * makes it write over them, and then it computes with an attacker's bytes or never ends. Behind the data, with more room
 * than the engine allows calls for, the engine's own check stops it first. The code does not change.
 *
 * @param exports - Names of what stays reachable from outside; there are hundreds, and each costs every instance time.
 * @throws When the module is not built as expected: another release of the parser was installed.
 */
export function relocateStack(module: Uint8Array, exports: ReadonlySet<string>): RelocatedModule {
  const sections = splitSections(module)
  const memory = sections.find(({ id }) => id === memorySection)
  if (memory === undefined || memory.body[0] !== 1 || memory.body[1] !== 0) throw new Error('unexpected memory section')
  const stackLow = readNumber(memory.body, 2).value * pageBytes
  const top = stackLow + stackBytes
  const parts = sections.flatMap(({ id, body }) => {
    if (id === memorySection) return section(id, [1, 1, ...encode(top / pageBytes), ...encode(maximumPages)])
    if (id === globalSection) return section(id, moveStackPointer(body, top))
    if (id === exportSection) return section(id, keepExports(body, exports))
    return section(id, body)
  })
  return { bytes: join([module.subarray(0, 8), ...parts]), stackLow }
}

interface Section {
  readonly id: number
  readonly body: Uint8Array
}

function splitSections(module: Uint8Array): readonly Section[] {
  const sections: Section[] = []
  let at = 8
  while (at < module.length) {
    const id = module[at]
    const length = readNumber(module, at + 1)
    const end = length.end + length.value
    if (id === undefined || end > module.length) throw new Error('the module is cut off')
    sections.push({ id, body: module.subarray(length.end, end) })
    at = end
  }
  return sections
}

/** The stack pointer is the first global: a mutable i32 with a constant. */
function moveStackPointer(body: Uint8Array, top: number): Uint8Array {
  const count = readNumber(body, 0)
  const [type, mutability, instruction] = body.subarray(count.end)
  if (type !== 0x7f || mutability !== 1 || instruction !== 0x41) throw new Error('unexpected first global')
  const start = readNumber(body, count.end + 3)
  const head = body.subarray(0, count.end + 3)
  return join([head, encodeSigned(top), body.subarray(start.end)])
}

/** Each is the length of a name, the name, a byte for its kind and a number. */
function keepExports(body: Uint8Array, names: ReadonlySet<string>): Uint8Array {
  const count = readNumber(body, 0)
  const kept: Uint8Array[] = []
  let at = count.end
  for (let index = 0; index < count.value; index += 1) {
    const length = readNumber(body, at)
    const nameEnd = length.end + length.value
    const { end } = readNumber(body, nameEnd + 1)
    if (names.has(new TextDecoder().decode(body.subarray(length.end, nameEnd)))) kept.push(body.subarray(at, end))
    at = end
  }
  if (kept.length !== names.size) throw new Error('the module lacks an export')
  return join([Uint8Array.from(encode(kept.length)), ...kept])
}

function section(id: number, body: Uint8Array | readonly number[]): readonly Uint8Array[] {
  return [Uint8Array.of(id, ...encode(body.length)), Uint8Array.from(body)]
}

/** Reads LEB128, of which only the length matters where the number is signed. */
function readNumber(bytes: Uint8Array, from: number): { readonly value: number; readonly end: number } {
  let value = 0
  for (let index = 0; index < 5; index += 1) {
    const byte = bytes[from + index]
    if (byte === undefined) break
    value += (byte & 0x7f) * 2 ** (7 * index)
    if (byte < 0x80) return { value, end: from + index + 1 }
  }
  throw new Error('a number of the module is cut off')
}

function encode(value: number): readonly number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...encode(Math.floor(value / 0x80))]
}

/** Of a positive number, whose last byte has to leave the sign bit clear. */
function encodeSigned(value: number): Uint8Array {
  const bytes = encode(value)
  const last = bytes.at(-1) ?? 0
  return Uint8Array.from(last < 0x40 ? bytes : [...bytes.slice(0, -1), last | 0x80, 0])
}

function join(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
