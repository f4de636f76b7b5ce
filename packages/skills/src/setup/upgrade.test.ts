import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hashText, shippedFiles } from './shipped.ts'
import { planInit, planUpgrade, type UpgradeSituation, type UpgradeStep } from './upgrade.ts'

interface Case {
  readonly recorded?: string
  readonly mine?: string
  readonly shipped: string
  readonly others?: Readonly<Record<string, string>>
}

function plan(path: string, { recorded, mine, shipped, others = {} }: Case): UpgradeStep {
  const [step] = planUpgrade({
    recorded: new Map(recorded === undefined ? [] : [[path, hashText(recorded)]]),
    present: new Map([...Object.entries(others), ...(mine === undefined ? [] : [[path, mine] as const])]),
    shipped: new Map([[path, shipped]]),
  })
  return step!
}

describe('an upgrade of a document', () => {
  it.each<[string, Case, object]>([
    ['that nobody touched', { recorded: 'A', mine: 'A', shipped: 'B' }, { kind: 'update', text: 'B' }],
    ['that is the same', { recorded: 'A', mine: 'B', shipped: 'B' }, { kind: 'unchanged' }],
    ['that only the user changed', { recorded: 'A', mine: 'U', shipped: 'A' }, { kind: 'keep', because: 'edited' }],
    [
      'that both changed',
      { recorded: 'A', mine: 'U', shipped: 'B' },
      { kind: 'conflict', writeTo: 'x.md.new', text: 'B' },
    ],
    ['of an unknown past', { mine: 'U', shipped: 'B' }, { kind: 'conflict', writeTo: 'x.md.new', text: 'B' }],
    ['that the user removed', { recorded: 'A', shipped: 'B' }, { kind: 'keep', because: 'removed' }],
    ['that is new', { shipped: 'B' }, { kind: 'add', text: 'B' }],
  ])('%s', (_, situation, expected) => {
    expect(plan('x.md', situation)).toEqual({ path: 'x.md', ancestor: hashText(situation.shipped), ...expected })
  })

  it('puts a conflict beside what an earlier one left, if somebody works on that', () => {
    const common = { recorded: 'A', mine: 'U', shipped: 'B' }
    expect(plan('x.md', { ...common, others: { 'x.md.new': 'B' } })).toMatchObject({ writeTo: 'x.md.new' })
    const step = plan('x.md', { ...common, others: { 'x.md.new': 'half merged' } })
    expect(step).toMatchObject({ writeTo: `x.md.${hashText('B').slice(0, 12)}.new` })
  })
})

describe('an upgrade of the settings', () => {
  const path = 'skills/config.yml'

  it('keeps a value of the user even when the file is taken for untouched (I02)', () => {
    const mine = 'a: 99 # mine\n'
    expect(plan(path, { recorded: mine, mine, shipped: '# A.\na: 1\n# B.\nb: 2\n' })).toMatchObject({
      kind: 'merged',
      text: 'a: 99 # mine\n\n# B.\nb: 2\n',
      added: ['b'],
    })
  })

  it('has nothing to do when no setting is new', () => {
    expect(plan(path, { recorded: 'a: 1\n', mine: 'a: 9\n', shipped: 'a: 2\n' })).toMatchObject({ kind: 'keep' })
  })

  it('leaves a removed setting alone while the shipped file is the same', () => {
    expect(plan(path, { recorded: 'a: 1\nb: 2\n', mine: 'a: 1\n', shipped: 'a: 1\nb: 2\n' })).toMatchObject({
      kind: 'keep',
    })
  })

  it('puts the new file beside one that cannot be read', () => {
    expect(plan(path, { recorded: 'a: 1\n', mine: 'a: [\n', shipped: 'b: 1\n' })).toMatchObject({ kind: 'conflict' })
  })
})

describe('an upgrade of a rule of L0', () => {
  const path = 'skills/core_safety.skill.ts'

  it.each<[string, Case, string]>([
    ['that nobody touched is proposed', { recorded: 'A', mine: 'A', shipped: 'B' }, 'proposal'],
    ['that evolved is proposed', { recorded: 'A', mine: 'U', shipped: 'B' }, 'proposal'],
    ['of an unknown past is proposed', { mine: 'U', shipped: 'B' }, 'proposal'],
    ['that was proposed already is not proposed again', { recorded: 'B', mine: 'A', shipped: 'B' }, 'keep'],
    [
      'that is new is proposed where rules are in force',
      { shipped: 'B', others: { 'skills/a.skill.ts': '' } },
      'proposal',
    ],
    ['is proposed where an older file has the rules', { shipped: 'B', others: { 'skills/kairos.rb': '' } }, 'proposal'],
    ['is added to an empty folder', { shipped: 'B', others: { 'skills/kairos.md': '' } }, 'add'],
  ])('%s', (_, situation, kind) => {
    expect(plan(path, situation).kind).toBe(kind)
  })
})

it('setting up writes what is missing and nothing else', () => {
  const fresh = planInit({ present: new Map(), shipped: shippedFiles })
  expect(fresh.map(({ path }) => path)).toEqual([...shippedFiles.keys()].toSorted())
  const later = planInit({ present: new Map([['skills/kairos.md', 'mine']]), shipped: shippedFiles })
  expect(later.map(({ path }) => path)).not.toContain('skills/kairos.md')
  expect(later).toHaveLength(shippedFiles.size - 1)
})

describe('every plan', () => {
  const text = fc.constantFrom('a: 1\n', 'a: 2\n', 'a: 1\nb: 2\n', 'a: [\n', 'c: 3\n')
  const path = fc.constantFrom('skills/config.yml', 'skills/kairos.md', 'skills/x.skill.ts', 'knowledge/x/x.md')
  const files = fc
    .dictionary(
      fc.oneof(
        path,
        path.map((name) => `${name}.new`),
      ),
      text,
    )
    .map((found) => new Map(Object.entries(found)))
  const shipped = fc.dictionary(path, text).map((found) => new Map(Object.entries(found)))
  const situation = fc.record<UpgradeSituation>({
    recorded: shipped.map((found) => new Map([...found].map(([name, value]) => [name, hashText(value)]))),
    present: files,
    shipped,
  })

  it('writes to no file of the user but the settings, and to those it only adds', () => {
    fc.assert(
      fc.property(situation, (given) => {
        for (const step of planUpgrade(given)) {
          const mine = given.present.get(step.path)
          const isUntouched = mine !== undefined && hashText(mine) === given.recorded.get(step.path)
          if (step.kind === 'update') expect(isUntouched).toBe(true)
          if (step.kind === 'add') expect(mine).toBeUndefined()
          if (step.kind === 'merged') {
            expect(step.path).toBe('skills/config.yml')
            for (const line of (mine ?? '').split('\n')) expect(step.text.split('\n')).toContain(line)
          }
          if (step.kind === 'conflict') expect([undefined, step.text]).toContain(given.present.get(step.writeTo))
        }
      }),
    )
  })

  it('names what is shipped as the ancestor, whatever the user has (I01), and then has nothing to write', () => {
    fc.assert(
      fc.property(situation, (given) => {
        const steps = planUpgrade(given)
        expect(new Map(steps.map((step) => [step.path, step.ancestor]))).toEqual(
          new Map(
            [...given.shipped].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => [name, hashText(value)]),
          ),
        )
        const present = new Map(given.present)
        for (const step of steps) {
          if (step.kind === 'add' || step.kind === 'update' || step.kind === 'merged') present.set(step.path, step.text)
          if (step.kind === 'conflict') present.set(step.writeTo, step.text)
        }
        const recorded = new Map([...given.recorded, ...steps.map((step) => [step.path, step.ancestor] as const)])
        const again = planUpgrade({ recorded, present, shipped: given.shipped })
        expect(again.filter(({ kind }) => kind !== 'unchanged' && kind !== 'keep')).toEqual([])
      }),
    )
  })
})
