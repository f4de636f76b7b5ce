import { randomBytes } from 'node:crypto'
import { linkSync, rmSync } from 'node:fs'
import { dirname, isAbsolute } from 'node:path'
import { err, ok, type Result } from '@rumi/kernel/base'
import {
  chainLimits,
  printChainParts,
  readChainText,
  verifyChain,
  type ChainBlock,
  type ChainFault,
  type ChainReading,
} from '@rumi/skills/chain'
import { syncDirectory, writeFileAtomically } from '../system/index.ts'
import { readPlainFile } from './chain-open.ts'

/** What is at a place where an older system keeps its chain. `absent` only when there is nothing of that name. */
export type ChainFileReading = { readonly state: 'absent' } | ChainReading

/**
 * Why a chain was not written; nothing was. `relative-path`: the place would depend on where the process stands.
 * `exists`: something is there already. `not-a-chain`: the blocks have this fault. `too-large`: nobody could read it.
 */
export type ChainWriteRefusal =
  | { readonly kind: 'relative-path' | 'exists' | 'too-large' }
  | { readonly kind: 'not-a-chain'; readonly fault: ChainFault }

/** Reads and checks a chain's file. It is never changed, whatever it holds. */
export function readChainFile(path: string): ChainFileReading {
  const file = readPlainFile(path, chainLimits.fileBytes)
  if (file.kind === 'absent') return { state: 'absent' }
  return file.kind === 'read' ? readChainText(file.bytes) : { state: 'unreadable', faults: [file.fault] }
}

/**
 * Writes a chain's file: a reader sees the whole chain or what was there before, and it is durable when this returns.
 * Throws what the file system throws, and then nothing of the chain is at the place.
 *
 * @param path - Absolute; its folder exists.
 * @param mode - `create` refuses a place that is taken, by whatever; `replace` takes the place of a file or link.
 */
export function writeChainFile(
  path: string,
  blocks: readonly ChainBlock[],
  mode: 'create' | 'replace' = 'create',
): Result<undefined, ChainWriteRefusal> {
  const refusal = refuseToWrite(path, blocks)
  if (refusal) return err(refusal)
  const parts: Buffer[] = []
  let size = 0
  for (const part of printChainParts(blocks)) {
    const bytes = Buffer.from(part)
    size += bytes.length
    if (size > chainLimits.fileBytes) return err({ kind: 'too-large' })
    parts.push(bytes)
  }
  if (mode === 'create') return createFile(path, (staged) => writeFileAtomically(staged, Buffer.concat(parts)))
  writeFileAtomically(path, Buffer.concat(parts))
  return ok(undefined)
}

/** What forbids to write these blocks to this place, whatever form they take there. */
export function refuseToWrite(path: string, blocks: readonly ChainBlock[]): ChainWriteRefusal | undefined {
  if (!isAbsolute(path)) return { kind: 'relative-path' }
  const fault = verifyChain(blocks)[0]
  return fault && { kind: 'not-a-chain', fault }
}

/**
 * Puts a complete, durable file in a place that is free. A new name is linked to it, which fails when the place is
 * taken meanwhile: a check and then a rename could replace what somebody wrote in between.
 *
 * @param write - Writes the file under another name in the same folder.
 */
export function createFile(path: string, write: (staged: string) => void): Result<undefined, ChainWriteRefusal> {
  const staged = `${path}.tmp-${randomBytes(8).toString('hex')}`
  try {
    write(staged)
    linkSync(staged, path)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return err({ kind: 'exists' })
    throw error
  } finally {
    rmSync(staged, { force: true })
  }
  syncDirectory(dirname(path))
  return ok(undefined)
}
