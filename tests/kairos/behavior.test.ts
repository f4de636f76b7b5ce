import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expectProblem } from '../http/system.ts'
import { entriesOf, startKairos, type KairosSystem } from './kairos-system.ts'

let kairos: KairosSystem
beforeAll(async () => {
  kairos = await startKairos()
})
afterAll(async () => kairos.close())

const enable = (): void =>
  kairos.write(
    'skills/config.yml',
    (kairos.read('skills/config.yml') ?? '').replace('skill_behavior_enabled: false', 'skill_behavior_enabled: true'),
  )

/** Gives `self_inspection` another behavior; its rules allow none, so the law is set up with one that does. */
async function runWith(method: string) {
  const source = `export default skill('self_inspection', {\n  version: '1.0',\n  title: 'Probe',\n  ${method},\n})\n`
  const system = await startKairos({
    init: false,
    evolution: false,
    files: {
      '.kairos/skills/self_inspection.skill.ts': source,
      '.kairos/skills/config.yml': 'skill_behavior_enabled: true\n',
    },
  })
  try {
    await system.must('POST', '/api/kairos/init', {})
    return await system.ask('POST', '/api/skills/self_inspection/run', {})
  } finally {
    await system.close()
  }
}

describe('the behavior of a skill', () => {
  it('does not run unless the settings say so, and not for a delegate', async () => {
    expectProblem(await kairos.ask('POST', '/api/skills/self_inspection/run', {}), 403, 'behavior.disabled')
    enable()
    expectProblem(await kairos.askDelegate('POST', '/api/skills/self_inspection/run', {}), 403, 'auth.forbidden')
    expectProblem(await kairos.ask('POST', '/api/skills/layer_awareness/run', {}), 404, 'behavior.none')
  })

  it('runs in the sandbox with a view of the skills', async () => {
    const done = await kairos.must('POST', '/api/skills/evolution_rules/run', {})
    expect([done.posture, done.value]).toMatchObject([
      'bubblewrap_fresh',
      { config: { evolution_enabled: true }, counters: { evolution_count: 0, skills: 8 } },
    ])
    expect(entriesOf(kairos, 'kairos.behavior')).toMatchObject([
      { subject: 'evolution_rules', data: { outcome: 'ok' } },
    ])
  })

  it('sees every question of the view, and nothing that it could change', async () => {
    const answer = await runWith(`async behavior(kairos) {
    const [skill] = await kairos.skills()
    const names = Object.keys(kairos)
    return { names, id: skill.id, self: (await kairos.skill('self_inspection')).title, none: await kairos.skill('x'),
      history: (await kairos.history({ limit: 1 })).length }
  }`)
    expect(answer.body.data.value).toEqual({
      ...{ names: ['skills', 'skill', 'config', 'history', 'counters'], id: 'self_inspection' },
      ...{ self: 'Probe', none: null, history: 1 },
    })
  })

  it.each([
    [
      'the network',
      `async behavior() { const { connect } = await import('node:net'); return await new Promise((done) => { connect(80, '1.1.1.1').on('connect', () => done('open')).on('error', (e) => done(e.code)) }) }`,
      /^E/,
    ],
    [
      'files of the host',
      `async behavior() { const { readdirSync } = await import('node:fs'); try { return readdirSync('/root') } catch (e) { return e.code } }`,
      /^E/,
    ],
    [
      'stores',
      `async behavior() { const { capability } = await import('@rumi/pack-sdk'); return (await capability.call('store.list', { store_id: 'x' })).error_type }`,
      /denied|validation/,
    ],
    [
      'another process',
      `async behavior() { const { execFileSync } = await import('node:child_process'); try { return String(execFileSync('/bin/sh', ['-c', 'id'])) } catch (e) { return 'E ' + e.message } }`,
      /^E/,
    ],
  ])('reaches nothing else: %s', async (_, method, expected) => {
    const answer = await runWith(method)
    expect(String(answer.body.data?.value ?? answer.body.error)).toMatch(expected)
  })

  it('that fails says so with its own words, and that prints has a log', async () => {
    const failed = await runWith(`behavior() { throw new Error('no idea') }`)
    expect([failed.status, failed.body.error]).toEqual([422, expect.stringContaining('no idea')])
    const printed = await runWith(`behavior() { console.log('hello') }`)
    expect([printed.body.data.value, printed.body.data.log]).toEqual([null, expect.stringContaining('hello')])
  })
})
