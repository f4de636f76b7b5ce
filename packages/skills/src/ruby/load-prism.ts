import { readFileSync } from 'node:fs'
import { err, ok, type Result } from '@rumi/kernel/base'
import { parsePrism } from '@ruby/prism/src/parsePrism.js'
import type { ParseResult } from '@ruby/prism/src/deserialize.js'
import { sourceLimits } from '../language/index.ts'
import { isCostly } from './is-costly.ts'
import { relocateStack } from './relocate-stack.ts'

/** What there is of WebAssembly in the engine, as far as it is used here. */
declare const WebAssembly: {
  compile(bytes: Uint8Array<ArrayBuffer>): Promise<CompiledModule>
  readonly Module: { imports(module: CompiledModule): readonly { readonly module: string; readonly name: string }[] }
  readonly Instance: new (module: CompiledModule, imports: ImportObject) => { readonly exports: PrismExports }
}
interface CompiledModule {
  readonly [Symbol.toStringTag]: 'WebAssembly.Module'
}
interface PrismExports {
  readonly memory: { readonly buffer: ArrayBuffer }
  readonly _initialize: () => void
}
type ImportObject = Readonly<Record<string, Readonly<Record<string, () => number>>>>

/**
 * Why a source could not be parsed at all: it is longer than `sourceLimits.bytes`, would take the parser seconds
 * or minutes, nests too deeply, or broke the parser.
 */
export type RubyRefusal = 'too-large' | 'too-costly' | 'too-deep' | 'broken'

/** Reads Ruby and runs none: text goes in, a syntax tree comes out. */
export interface RubyParser {
  /** The tree of a whole source, with the errors in it. Sources do not affect each other. */
  parse(text: string): Result<ParseResult, RubyRefusal>
}

/**
 * Loads the parser, which is WebAssembly. It gets no system interface: every function that it could call answers "not
 * supported". Each source gets an instance of its own, so what one does to the parser's memory ends with it.
 *
 * @throws When the parser is not installed as expected.
 */
export async function loadRubyParser(): Promise<RubyParser> {
  const file = new URL(import.meta.resolve('@ruby/prism/src/prism.wasm'))
  const { bytes, stackLow } = relocateStack(readFileSync(file), usedExports)
  const module = await WebAssembly.compile(bytes)
  const imports = refuseEverything(module)
  return {
    parse: (text) => {
      // A UTF-16 unit becomes at most three bytes; the first test spares the work for what is far too long.
      if (text.length > sourceLimits.bytes || Buffer.byteLength(text) > sourceLimits.bytes) return err('too-large')
      if (isCostly(text)) return err('too-costly')
      const prism = new WebAssembly.Instance(module, imports).exports
      return parseOnce(prism, text, stackLow)
    },
  }
}

/** What `parsePrism` calls. */
const usedExports: ReadonlySet<string> = new Set([
  '_initialize',
  'calloc',
  'free',
  'memory',
  'pm_buffer_free',
  'pm_buffer_init',
  'pm_buffer_length',
  'pm_buffer_sizeof',
  'pm_buffer_value',
  'pm_serialize_parse',
])

/** The lowest part of the stack, which nothing may have reached when a parse has ended. */
const guardBytes = 65_536

function parseOnce(prism: PrismExports, text: string, stackLow: number): Result<ParseResult, RubyRefusal> {
  try {
    const { _initialize: initialize } = prism
    initialize()
    // `encoding: false`: a magic comment does not choose how the bytes are read.
    const tree = parsePrism(prism, text, { encoding: false })
    const guard = new BigInt64Array(prism.memory.buffer, stackLow, guardBytes / 8)
    return guard.some((word) => word !== 0n) ? err('too-deep') : ok(tree)
  } catch (error) {
    // A hostile source can end the engine's stack, here or in the WebAssembly; the instance is dropped.
    return err(error instanceof RangeError ? 'too-deep' : 'broken')
  }
}

const notSupported = 52

function refuseEverything(module: CompiledModule): ImportObject {
  const imports: Record<string, Record<string, () => number>> = {}
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    imports[from] = { ...imports[from], [name]: name === 'proc_exit' ? stop : () => notSupported }
  }
  return imports
}

/** An exit must not return to the code that asked for it. */
function stop(): never {
  throw new Error('the parser gave up')
}
