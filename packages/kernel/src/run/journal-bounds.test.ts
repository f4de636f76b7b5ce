import { describe, expect, it } from 'vitest'
import { testRun, testStep } from '../testing/index.ts'
import { boundRun, boundStep, maxJournalCharacters, maxJournalLog, maxRunJournal } from './journal-bounds.ts'

const large = 'x'.repeat(maxJournalCharacters)
const note = { _truncated: true, _reason: `larger than ${maxJournalCharacters} characters` }

describe('the journal', () => {
  it('keeps small values as they are', () => {
    const step = { ...testStep(0), input: { a: [1, null] }, output: 'b', log: 'c' }
    expect(boundStep(step, { left: maxRunJournal })).toEqual(step)
    const run = { ...testRun(1), result: { a: 1 } }
    expect(boundRun(run)).toEqual(run)
  })

  it('keeps a note instead of a large value, and the beginning of a long log', () => {
    const step = { ...testStep(0), input: [large], output: large, log: 'y'.repeat(maxJournalLog + 1) }
    const kept = boundStep(step, { left: maxRunJournal })
    expect([kept.input, kept.output]).toEqual([note, note])
    expect(kept.log).toBe(`${'y'.repeat(maxJournalLog)}\n… (${maxJournalLog + 1} characters)`)
    expect(boundRun({ ...testRun(1), inputs: { large }, result: large })).toMatchObject({ inputs: note, result: note })
  })

  it('keeps no more than a budget of all steps of a run, but every number and every status', () => {
    const budget = { left: 20 }
    const step = { ...testStep(0, 'completed'), input: 'ten chars!', output: 7 }
    expect(boundStep(step, budget)).toEqual(step)
    expect(boundStep({ ...step, log: 'the log of it' }, budget)).toEqual({
      ...step,
      input: { _truncated: true, _reason: 'larger than 7 characters' },
      log: 'the log\n… (13 characters)',
    })
    expect(budget.left).toBe(0)
  })

  it('counts a value that holds the same part again and again as what it would be written out', () => {
    let value: readonly unknown[] = ['0123456789']
    for (let round = 0; round < 60; round += 1) value = [value, value]
    const kept = boundStep({ ...testStep(0), output: value as never }, { left: maxRunJournal })
    expect(kept.output).toEqual(note)
  })
})
