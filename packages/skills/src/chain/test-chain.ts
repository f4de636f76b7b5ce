import { sha256Hex } from '@rumi/kernel/base'
import { appendBlocks, type ChainItem } from './append-blocks.ts'
import type { ChainBlock } from './block.ts'
import { printChain } from './print-chain.ts'

/** For tests: what an older system recorded in a day, one block for each kind of its records and one of free texts. */
export const testChainItems: readonly ChainItem[] = [
  item('09:00:00.000001', {
    skill_id: 'core_safety',
    prev_ast_hash: sha256Hex('skill :core_safety do end'),
    next_ast_hash: sha256Hex('skill :core_safety do version "1.1" end'),
    diff_hash: sha256Hex('skill :core_safety do endskill :core_safety do version "1.1" end'),
    actor: 'AI',
    agent_id: 'Kairos',
    timestamp: '2026-02-25T18:00:00+09:00',
    reason_ref: 'kairos_20260225_180000.rb',
  }),
  item('09:05:10.250000', knowledge('create', null, sha256Hex('# Pets'))),
  item('09:06:00.999999', knowledge('update', sha256Hex('# Pets'), sha256Hex('# Pets\n\n犬と猫'))),
  item('10:00:00.500000', {
    type: 'state_commit',
    commit_type: 'explicit',
    actor: 'human',
    prev_snapshot_hash: null,
    next_snapshot_hash: sha256Hex('snapshot'),
    snapshot_ref: 'snapshots/snapshot_20260225_190000_0a1b2c3d.json',
    summary: { L0_changed: true, L1_added: 1, L1_modified: 0, L1_deleted: 0, total_changes: 2 },
    reason: 'first commit',
    timestamp: '2026-02-25T19:00:00+09:00',
  }),
  item('10:30:00.123456', {
    type: 'formalization_decision',
    skill_id: 'core_safety',
    skill_version: '1.1',
    source_text: 'Evolution requires explicit enablement.',
    source_span: null,
    result: 'formalized',
    rationale: 'It can be decided from the settings.',
    formalization_category: 'invariant',
    ambiguity_before: 'low',
    ambiguity_after: 'none',
    decided_by: 'human',
    model: null,
    timestamp: '2026-02-25T19:30:00+09:00',
    confidence: 0.95,
    decompile_text: null,
    source_decompile_divergence: null,
  }),
  item('11:00:00.000000', {
    type: 'skillset_event',
    layer: 'L1',
    skillset_name: 'mmp',
    skillset_version: '1.0.0',
    action: 'install',
    content_hash: sha256Hex('mmp'),
    reason: null,
    timestamp: '2026-02-25T20:00:00+09:00',
  }),
  item('11:30:00.000000', {
    type: 'system_upgrade',
    from_version: '2.3.0',
    to_version: '2.3.1',
    actions: { updated: ['skills/kairos.md'], kept: [] },
    timestamp: '2026-02-25T20:30:00+09:00',
  }),
  { timestamp: '2026-02-25T12:00:00.000000Z', data: ['観察: 🐕 "q" \\ \u2028', '{"note":"half'] },
]

/** For tests: the chain of `testChainItems`. */
export function testChain(): readonly ChainBlock[] {
  return appendBlocks([], testChainItems)
}

/** For tests: a chain's file. */
export function testChainBytes(blocks: readonly ChainBlock[] = testChain()): Uint8Array {
  return Buffer.from(printChain(blocks))
}

function item(time: string, record: object): ChainItem {
  return { timestamp: `2026-02-25T${time}Z`, data: [JSON.stringify(record)] }
}

function knowledge(action: string, before: string | null, after: string | null): object {
  return {
    type: 'knowledge_update',
    layer: 'L1',
    knowledge_id: 'pets',
    action,
    prev_hash: before,
    next_hash: after,
    reason: 'for the tests',
    timestamp: '2026-02-25T18:05:10+09:00',
  }
}
