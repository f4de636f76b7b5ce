import type { Diagnostic, Problem } from '@rumi/kernel/base'
import type { Check } from '@rumi/skills/governance'

/** No skill of that name. */
export function unknownSkill(id: string, known: readonly string[]): Problem {
  return {
    code: 'skill.unknown',
    status: 404,
    message: `No skill is called "${id}".`,
    hint: known.length === 0 ? 'rumi skills list' : `Skills: ${known.join(', ')}`,
  }
}

export function badSkillId(id: string): Problem {
  return { code: 'skill.id', status: 400, message: `"${id.slice(0, 64)}" cannot be a skill's id.` }
}

/** Every fault of a source that cannot be proposed, with its place. */
export function unreadableSource(diagnostics: readonly Diagnostic[]): Problem {
  const lines = diagnostics
    .filter(({ severity }) => severity === 'error')
    .slice(0, 10)
    .map(({ file = '', line, column, message, hint }) => {
      const place = line === undefined ? file : `${file}:${line}:${column ?? 1}`
      return `${place}: ${message}${hint === undefined ? '' : ` (${hint})`}`
    })
  return {
    code: 'skill.unreadable',
    status: 422,
    message: lines.length === 0 ? 'The source is no skill.' : lines.join('\n'),
    hint: 'Check it: rumi skills parse FILE',
  }
}

export function otherSkill(asked: string, found: string): Problem {
  return {
    code: 'skill.other',
    status: 422,
    message: `The proposal is about "${asked}", and its text changes "${found}".`,
    hint: 'One proposal changes one skill, the one that it names.',
  }
}

/** What the checks have against a change. */
export function refusedChange(checks: readonly Check[]): Problem {
  const failed = checks.filter(({ outcome }) => outcome === 'failed')
  return {
    code: 'proposal.refused',
    status: 403,
    message: failed.map(({ id, detail }) => `${id}: ${detail}`).join('\n'),
    hint: failed.some(({ id }) => id === 'governance.allowed')
      ? 'Propose l0_governance first, with this id among allowed_skills.'
      : 'rumi skills show l0_governance',
  }
}

export function unknownProposal(id: string): Problem {
  const message = `There is no proposal "${id.slice(0, 64)}".`
  return { code: 'proposal.unknown', status: 404, message, hint: 'rumi skills proposals' }
}

export function unreadableProposal(id: string): Problem {
  return {
    code: 'proposal.unreadable',
    status: 500,
    message: `The proposal ${id} cannot be read.`,
    hint: 'Propose it again.',
  }
}

export function outdated(what: string): Problem {
  return {
    code: 'proposal.outdated',
    status: 409,
    message: `What ${what} was compared with has changed since.`,
    hint: 'Propose it again, and review what it changes now.',
  }
}

/** @param what - What waits already. @example '200 proposals wait' */
export function tooManyProposals(what: string): Problem {
  return {
    code: 'proposal.too_many',
    status: 409,
    message: `${what} for a decision.`,
    hint: 'The operator decides about some of them: rumi skills proposals',
  }
}

export function lostContent(path: string): Problem {
  return { code: 'proposal.content', status: 409, message: `The content of ${path} is not kept.` }
}

export const reasonNeeded: Problem = {
  code: 'proposal.reason',
  status: 400,
  message: 'Reason is required.',
  hint: 'Say why, in a sentence: it stays on the ledger.',
}

export const nothingChanges: Problem = {
  code: 'proposal.nothing',
  status: 409,
  message: 'Nothing would change.',
}
