import { describe, expect, it } from 'vitest'

import { parseFlow, type ParsedFlow } from './flow.ts'

function schedule(text: string): ParsedFlow {
  const yaml = `flow_id: a\nphases: [main]\nsteps: []\nschedule: ${text}`
  return parseFlow(new TextEncoder().encode(yaml), { file: 'f.flow.yaml', source: { kind: 'shared' } })
}

describe('the schedule', () => {
  it.each([
    ['{cron: "*/5 0-6/2 1,15 * 0"}', { cron: '*/5 0-6/2 1,15 * 0' }],
    ['{interval: 30}', { intervalSeconds: 30 }],
    ['{interval_seconds: 300, timezone: Asia/Tokyo}', { intervalSeconds: 300, timezone: 'Asia/Tokyo' }],
    ['~', undefined],
  ])('%s is kept', (text, expected) => {
    const parsed = schedule(text)
    expect(parsed.diagnostics).toEqual([])
    expect(parsed.flow?.schedule).toEqual(expected)
  })

  it.each(['9.9', '0', '-1'])('an interval of %s is raised to ten seconds', (seconds) => {
    const parsed = schedule(`{interval: ${seconds}}`)
    expect(parsed.flow?.schedule).toEqual({ intervalSeconds: 10 })
    expect(parsed.diagnostics).toMatchObject([{ code: 'flow.interval', severity: 'warning', line: 4, column: 22 }])
  })

  it.each([
    '{interval: 1e12}',
    '{interval: .nan}',
    '{interval: soon}',
    '{cron: "* * * * * *"}',
    '{cron: "@daily x x x x"}',
    '{cron: [1]}',
    '{cron: "* * * * *", interval: 30}',
    '{timezone: UTC}',
    '{interval: 30, timezone: "../etc"}',
    'daily',
  ])('%s is refused', (text) => {
    expect(schedule(text)).not.toHaveProperty('flow')
  })
})
