import { renderTextDiff } from '@rumi/skills/language'
import { isLawPath } from './live-rules.ts'

/** A file that a proposal changes, as a person sees it. */
export interface FileReview {
  readonly path: string
  readonly change: 'added' | 'changed' | 'removed'
  readonly isExecutable: boolean
  /** What differs, line by line; undefined: it is no text, or more than is shown. */
  readonly text: string | undefined
}

/** Text of all files together that is shown, and of one of them: of L0 all that a file may hold. */
const limits = { all: 1024 * 1024, law: 1024 * 1024, one: 128 * 1024 }

/** Files before and after; null: there is none. */
export interface FilePair {
  readonly path: string
  readonly before: Uint8Array | null
  readonly after: Uint8Array | null
  readonly isExecutable: boolean
}

/** What an operator has to see before agreeing to changes of files: their text, as far as it can be shown. */
export function reviewFiles(files: readonly FilePair[]): readonly FileReview[] {
  let left = limits.all
  return files.map(({ path, before, after, isExecutable }) => {
    const change = before === null ? 'added' : after === null ? 'removed' : 'changed'
    const text = left > 0 ? renderPair(before, after, isLawPath(path) ? limits.law : limits.one) : undefined
    left -= text?.length ?? 0
    return { path, change, isExecutable, text }
  })
}

function renderPair(before: Uint8Array | null, after: Uint8Array | null, limitBytes: number): string | undefined {
  const texts = [before, after].map((bytes) => (bytes === null ? undefined : decode(bytes, limitBytes)))
  if (texts.includes(null)) return undefined
  return renderTextDiff(texts[0] ?? undefined, texts[1] ?? undefined)
}

/** Null: not UTF-8, or too long. */
function decode(bytes: Uint8Array, limitBytes: number): string | null {
  if (bytes.length > limitBytes) return null
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return null
  }
}
