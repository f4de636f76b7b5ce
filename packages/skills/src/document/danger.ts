import type { FileContent } from './plan.ts'

/** What a finding is about. */
export type DangerKind =
  | 'download-to-shell'
  | 'remove-everything'
  | 'override-instructions'
  | 'encoded-blob'
  | 'private-key'
  | 'hidden-text'
  | 'executable'

/** Something in a document that a person should look at before anybody follows it. It is advice: nothing is refused for it. */
export interface DangerFinding {
  readonly kind: DangerKind
  /** Relative to the document's folder. */
  readonly file: string
  /** From 1; null when the whole file is meant. */
  readonly line: number | null
  readonly message: string
}

/** Bytes of one file that are looked at, and most findings of a document. */
const limits = { bytes: 1024 * 1024, findings: 100, blobUnits: 1366 } as const

/**
 * Looks through the files of a document for what strangers hide in them: downloads that run at once, removals of everything,
 * texts that tell a reader to forget its instructions, keys, large encoded blobs, characters nobody sees, and programs.
 * At most 100 findings, file by file in order of line. Finding nothing proves nothing.
 */
export function findDangerous(files: readonly FileContent[]): readonly DangerFinding[] {
  const findings: DangerFinding[] = []
  for (const file of files) {
    if (findings.length >= limits.findings) break
    if (file.isExecutable) findings.push(tell(file, 'executable', null))
    findings.push(...findInText(file).toSorted((left, right) => (left.line ?? 0) - (right.line ?? 0)))
  }
  return findings.slice(0, limits.findings)
}

const messages: Readonly<Record<DangerKind, string>> = {
  'download-to-shell': 'runs what it downloads',
  'remove-everything': 'removes a whole disk or home',
  'override-instructions': 'tells its reader to ignore other instructions',
  'encoded-blob': 'holds more than 1 KiB that nobody can read',
  'private-key': 'holds a private key',
  'hidden-text': 'holds characters that are not shown, or are shown elsewhere',
  executable: 'is a program',
}

function tell(file: FileContent, kind: DangerKind, line: number | null): DangerFinding {
  return { kind, file: file.path, line, message: messages[kind] }
}

function findInText(file: FileContent): readonly DangerFinding[] {
  // Not fatal: a byte that is no text must not hide the rest of the file.
  const text = new TextDecoder('utf-8').decode(file.bytes.subarray(0, limits.bytes))
  const lines = text.split('\n')
  const findings = lines.flatMap((line, at) =>
    lineRules.flatMap(({ kind, isFound }) => (isFound(line) ? [tell(file, kind, at + 1)] : [])),
  )
  return [...findings, ...findOverrides(file, text), ...findBlobs(file, lines)]
}

const lineRules: readonly { readonly kind: DangerKind; readonly isFound: (line: string) => boolean }[] = [
  { kind: 'download-to-shell', isFound: runsDownload },
  { kind: 'remove-everything', isFound: removesEverything },
  { kind: 'private-key', isFound: (line) => /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY/.test(line) },
  {
    kind: 'hidden-text', // marks that turn the order of writing round, and tags that only a machine reads
    isFound: (line) => /[\u{202a}-\u{202e}\u{2066}-\u{2069}\u{e0001}-\u{e007f}]/u.test(line),
  },
]

function runsDownload(line: string): boolean {
  const parts = line.split('|')
  const download = parts.findIndex((part) => /\b(?:curl|wget)\s{1,8}\S/.test(part))
  if (download < 0) return false
  if (/\b(?:sh|bash|zsh|eval|source)\b[^(]{0,20}[<$]\((?:curl|wget)\b/.test(line)) return true
  return parts.slice(download + 1).some((part) => isShell(part.trimStart().split(/\s+/, 3)))
}

function isShell([first, second = '']: readonly string[]): boolean {
  const name = (word: string): string =>
    word
      .replace(/[^A-Za-z0-9]+$/, '')
      .split('/')
      .at(-1) ?? ''
  const program = first === 'sudo' || first === 'env' || first?.endsWith('/env') === true ? second : (first ?? '')
  return /^(?:(?:ba|z|da|k|a)?sh|python[0-9.]*|perl|ruby|node)$/.test(name(program))
}

const everything: ReadonlySet<string> = new Set(['/', '/*', '~', '~/', '~/*', '$HOME', '$HOME/', '$HOME/*', '${HOME}'])

function removesEverything(line: string): boolean {
  const words = line.split(/[\s`"';&|()]+/)
  return words.some((word, at) => {
    if (word !== 'rm' && !word.endsWith('/rm')) return false
    let flags = ''
    for (let next = at + 1; next < words.length && next < at + 12; next += 1) {
      const argument = words[next] ?? ''
      if (argument.startsWith('-')) flags += argument === '--recursive' ? 'r' : argument === '--force' ? 'f' : argument
      else if (everything.has(argument)) return /[rR]/.test(flags)
      else if (argument === 'rm') return false // the next command is looked at by itself
    }
    return false
  })
}

const overridePatterns = [
  /\b(?:ignore|disregard|forget|override)\s{1,8}(?:(?:all|any|the|your|of|these|those)\s{1,8}){0,4}(?:previous|prior|above|earlier|preceding)\s{1,8}(?:instructions?|prompts?|rules?|directions?|messages?)/giu,
  /(?:これまで|以前|上記|前|今まで)の(?:すべての|全ての)?(?:指示|命令|ルール|規則)(?:を|は)(?:すべて|全て)?(?:無視|忘れ)/gu,
] as const

/** Over the whole text, because a line may end between the words. */
function findOverrides(file: FileContent, text: string): readonly DangerFinding[] {
  return overridePatterns.flatMap((pattern) => {
    const findings: DangerFinding[] = []
    let [line, counted] = [1, 0]
    for (const { index } of text.matchAll(pattern)) {
      for (let at = text.indexOf('\n', counted); at >= 0 && at < index; at = text.indexOf('\n', at + 1)) {
        line += 1
        counted = at + 1
      }
      findings.push(tell(file, 'override-instructions', line))
    }
    return findings
  })
}

/** One long run in a line, or lines that are nothing but such runs. */
function findBlobs(file: FileContent, lines: readonly string[]): readonly DangerFinding[] {
  const findings: DangerFinding[] = []
  let block = ''
  let blockLine = 1
  for (const [at, line] of [...lines, ''].entries()) {
    const plain = line.trim()
    if (plain.length >= 40 && /^[A-Za-z0-9+/_=-]+$/.test(plain)) {
      if (block === '') blockLine = at + 1
      block += plain
      continue
    }
    if (isBlob(block)) findings.push(tell(file, 'encoded-blob', blockLine))
    block = ''
    for (const [run] of plain.matchAll(/[A-Za-z0-9+/_=-]+/g)) {
      if (!isBlob(run)) continue
      findings.push(tell(file, 'encoded-blob', at + 1))
      break
    }
  }
  return findings
}

/** 1 KiB takes 1,366 characters; a rule of dashes or a long word does not mix all three kinds. */
function isBlob(run: string): boolean {
  return run.length >= limits.blobUnits && /[A-Z]/.test(run) && /[a-z]/.test(run) && /[0-9]/.test(run)
}
