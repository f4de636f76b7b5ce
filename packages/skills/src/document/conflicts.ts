import { findNorms, type Norm } from './norm.ts'

/** A document or skill that is compared with others. */
export interface ComparedDocument {
  readonly layer: 'L0' | 'L1' | 'L2'
  readonly session: string | null
  readonly name: string
  readonly description: string
  readonly body: string
  /** The line of its file on which the body begins, from 1. */
  readonly bodyLine: number
}

/** One side of a conflict. */
export interface ConflictSide {
  readonly layer: 'L0' | 'L1' | 'L2'
  readonly session: string | null
  readonly name: string
  /** From 1; null when the whole document is meant. */
  readonly line: number | null
}

/** Two documents that a person should look at together. */
export interface Conflict {
  readonly kind: 'same-name' | 'shadowed-name' | 'same-description' | 'contradiction'
  readonly message: string
  readonly first: ConflictSide
  readonly second: ConflictSide
}

/** Most conflicts told; a person needs no more to begin with. */
const maxConflicts = 200

/**
 * Finds documents that stand in each other's way: two of the same name or description (spelling of spaces, case and hyphens
 * aside), one of L2 with the name of one of L1, and sentences of which one demands what the other forbids. Documents of
 * different sessions may share names and descriptions. At most 200, the names first.
 */
export function findConflicts(documents: readonly ComparedDocument[]): readonly Conflict[] {
  const names = findEqual(documents, ({ name }) => normalize(name), toNameConflict)
  const descriptions = findEqual(documents, ({ description }) => describeKey(description), toDescriptionConflict)
  return [...names, ...descriptions, ...findContradictions(documents)].slice(0, maxConflicts)
}

/** Compares each document with the first one that has the same key, so that a thousand equals give a thousand findings. */
function findEqual(
  documents: readonly ComparedDocument[],
  keyOf: (document: ComparedDocument) => string,
  toConflict: (first: ComparedDocument, second: ComparedDocument) => Conflict,
): readonly Conflict[] {
  const firsts = new Map<string, ComparedDocument>()
  const conflicts: Conflict[] = []
  // L0 and L1 first: what is of one session is measured against what is not.
  for (const document of documents.toSorted((left, right) =>
    left.layer < right.layer ? -1 : left.layer > right.layer ? 1 : 0,
  )) {
    const key = keyOf(document)
    const first = firsts.get(key)
    if (key === '' || conflicts.length >= maxConflicts) continue
    if (first === undefined) firsts.set(key, document)
    else if (first.layer !== 'L2') conflicts.push(toConflict(first, document))
  }
  return conflicts
}

function toNameConflict(first: ComparedDocument, second: ComparedDocument): Conflict {
  const isShadow = first.layer === 'L1' && second.layer === 'L2'
  const message = isShadow
    ? `"${second.name}" of a session has the name of knowledge and may be read in its stead`
    : `"${first.name}" and "${second.name}" are hard to tell apart by name`
  return {
    kind: isShadow ? 'shadowed-name' : 'same-name',
    message,
    first: sideOf(first, null),
    second: sideOf(second, null),
  }
}

function toDescriptionConflict(first: ComparedDocument, second: ComparedDocument): Conflict {
  const message = `"${first.name}" and "${second.name}" describe themselves alike`
  return { kind: 'same-description', message, first: sideOf(first, null), second: sideOf(second, null) }
}

interface Placed {
  readonly document: ComparedDocument
  readonly norm: Norm
}

function findContradictions(documents: readonly ComparedDocument[]): readonly Conflict[] {
  const demands = new Map<string, Map<Norm['demand'], Placed>>()
  const conflicts: Conflict[] = []
  for (const document of documents) {
    for (const norm of findNorms(document.body)) {
      if (conflicts.length >= maxConflicts) return conflicts
      const said = demands.get(norm.subject) ?? new Map<Norm['demand'], Placed>()
      demands.set(norm.subject, said)
      const opposite = said.get(norm.demand === 'must' ? 'must-not' : 'must')
      if (said.has(norm.demand)) {
        // The same rule once more; the opposite was told when this one was first said, if not for this document.
        if (opposite === undefined || opposite.document === document) continue
      } else said.set(norm.demand, { document, norm })
      if (opposite) conflicts.push(toContradiction(opposite, { document, norm }))
    }
  }
  return conflicts
}

function toContradiction(first: Placed, second: Placed): Conflict {
  const verb = { must: 'demands', 'must-not': 'forbids' } as const
  const message =
    `"${first.document.name}" ${verb[first.norm.demand]} what ` +
    `"${second.document.name}" ${verb[second.norm.demand]}`
  return {
    kind: 'contradiction',
    message,
    first: sideOf(first.document, first.norm.line),
    second: sideOf(second.document, second.norm.line),
  }
}

function sideOf({ layer, session, name, bodyLine }: ComparedDocument, line: number | null): ConflictSide {
  return { layer, session, name, line: line === null ? null : line + bodyLine - 1 }
}

function normalize(text: string): string {
  return text
    .slice(0, 2000)
    .toWellFormed()
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
}

/** A description of a word or two is too short to say that two documents are alike. */
function describeKey(description: string): string {
  const key = normalize(description)
  return key.length >= 12 ? key : ''
}
