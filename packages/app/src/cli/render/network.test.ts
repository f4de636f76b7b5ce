import { describe, expect, it } from 'vitest'
import { listConfig, listConfigChanges } from './grants.ts'
import { renderNetworkChange, renderNetworks } from './network.ts'
import { style } from './test-style.ts'

const grant = {
  pack_id: 'weather',
  enabled: true,
  allowed_domains: ['a.example', 'b.example'],
  allowed_ports: [443],
  allow_private: [],
}

describe('what packs may reach', () => {
  it('shows addresses of this machine apart, and why a grant does not count', () => {
    const llm = {
      ...grant,
      pack_id: 'llm',
      enabled: false,
      reason: 'expired',
      allowed_ports: [443, 11_434],
      allow_private: ['127.0.0.1:11434'],
    }
    expect(renderNetworks({ grants: { weather: grant, llm }, disabled_packs: [] }, style)).toBe(
      [
        'PACK     STATUS            PORTS      EXPIRES  HOSTS',
        'weather  <green>ok</>                443        -        a.example, b.example',
        'llm      <red>its time is over</>  443,11434  -        a.example, b.example',
        '',
        'Addresses of this machine or its network:',
        '  llm  <red>127.0.0.1:11434</>',
        '',
      ].join('\n'),
    )
  })

  it('after a change shows what stayed, what is new and what is lost', () => {
    const after = { ...grant, allowed_domains: ['b.example', 'c.example'], allow_private: ['[::1]:80'] }
    expect(renderNetworkChange(grant, after, style)).toBe(
      [
        'hosts',
        '    b.example',
        '  <green>+ c.example</>',
        '  <red>- a.example</>',
        'ports',
        '    443',
        'PRIVATE',
        '  <green>+ [::1]:80</>',
        '',
      ].join('\n'),
    )
  })
})

describe('how far a grant reaches', () => {
  it('is told in short, and compared entry by entry', () => {
    const before = { allowed_keys: ['A', 'B'], max: 1 }
    const after = { allowed_keys: ['B'], nested: { x: [1] } }
    expect(listConfig(before)).toEqual(['allowed_keys: A, B', 'max: 1'])
    expect(listConfigChanges(before, after)).toEqual([
      ['allowed_keys', { before: ['A', 'B'], after: ['B'] }],
      ['nested', { before: [], after: ['{"x":[1]}'] }],
      ['max', { before: ['1'], after: [] }],
    ])
  })
})
