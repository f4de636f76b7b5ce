import type { Requirement } from './requirement.ts'

const merkle = 'packages/kernel/src/ledger/merkle.test.ts'
const checkpoint = 'packages/kernel/src/ledger/checkpoint.test.ts'
const proofs = 'packages/kernel/src/ledger/verify/proofs.test.ts'
const exported = 'packages/kernel/src/ledger/verify/export-verifier.test.ts'
const canonical = 'packages/kernel/src/base/canonical-json.test.ts'
const store = 'packages/drivers/src/sql/state-store.test.ts'
const vectors = 'tests/vectors/ledger.test.ts'
const http = 'tests/http/ledger.test.ts'
const scenario = 'tests/scenarios/http.test.ts'
const kill = 'tests/crash/kill.test.ts'

/** Promises about the ledger. */
export const ledgerRequirements: readonly Requirement[] = [
  {
    id: 'LEDGER-1',
    promise: 'The ledger is a Merkle tree as RFC 9162 defines it.',
    source: 'protocols/ledger',
    proof: [
      `${merkle} › hashes leaves and nodes with different prefixes`,
      `${merkle} › has the root of the recursive definition at every size`,
      `${vectors} › has the leaf hashes and the roots`,
    ],
  },
  {
    id: 'LEDGER-2',
    promise: 'Its leaves are entries in canonical JSON as RFC 8785 defines it.',
    source: 'protocols/ledger',
    proof: [
      `${canonical} › writes the number %s as %s (RFC 8785 appendix B)`,
      `${canonical} › writes the example of RFC 8785 §3.2.2`,
      `${canonical} › is the same for the same value, in whatever order its keys were written`,
      `${vectors} › has the lines and leaf hashes of entries`,
    ],
  },
  {
    id: 'LEDGER-3',
    promise: 'Its head is signed from time to time, on request and at the end, and no forged head is believed.',
    source: 'protocols/ledger; OPERATIONS §Start and stop',
    proof: [
      `${store} › is signed by itself from time to time, and once more at the end`,
      `${checkpoint} › is refused after any single character was changed, left out or doubled`,
      `${checkpoint} › of another ledger is refused, although the same key signed it`,
      `${checkpoint} › by another key with the same name is refused`,
    ],
  },
  {
    id: 'LEDGER-4',
    promise: 'Each entry can be proven to be in the ledger, and nothing else can.',
    source: 'protocols/ledger',
    proof: [
      `${http} › has each entry proven to be in the ledger, and no other text`,
      `${proofs} › holds for every leaf of every tree`,
      `${proofs} › is refused when any bit of leaf, root or path is flipped (AUD-07)`,
    ],
  },
  {
    id: 'LEDGER-5',
    promise: 'It can be proven that the ledger only grew since a checkpoint, and a rewritten one cannot be.',
    source: 'protocols/ledger; threat model AUD-05',
    proof: [
      `${http} › has it proven that the ledger only grew since`,
      `${proofs} › holds between any two sizes`,
      `${proofs} › is refused between trees of which one was rewritten (AUD-05)`,
      `${proofs} › is refused when any bit of a root or the path is flipped (AUD-07)`,
    ],
  },
  {
    id: 'LEDGER-6',
    promise:
      'Every decision about a pack, every flow and block that is refused for its pack, and every execution is an entry.',
    source: 'OPERATIONS §Ledger; threat model I3',
    proof: [
      `${scenario} › finds every decision and every execution on the ledger, in order`,
      'packages/kernel/src/run/runner.test.ts › writes a refusal with the step that waits for it, and calls no sandbox',
    ],
  },
  {
    id: 'LEDGER-7',
    promise: 'Each start and each orderly end of the system is an entry.',
    source: 'OPERATIONS §Ledger',
    proof: `${scenario} › keeps approvals, runs and the ledger, and shows that the system started again`,
  },
  {
    id: 'LEDGER-8',
    promise: 'An entry is in the same transaction as the state it tells of: never one without the other.',
    source: 'ARCHITECTURE §What is durable when; threat model I4',
    proof: [
      `${kill} › STO-02, STO-03: a kernel that is killed at any moment loses nothing it acknowledged and leaves nothing half done or running`,
      `${store} › has the size and the root that its entries have, whatever writes failed in between`,
      'packages/kernel/src/run/runner.test.ts › writes a refusal with the step that waits for it, and calls no sandbox',
      'packages/app/src/library/pack-library.test.ts › that cannot be written change nothing',
    ],
  },
  {
    id: 'LEDGER-9',
    promise: 'Anybody who has an exported ledger and the public key can verify it without the system.',
    source: 'README §Five minutes; OPERATIONS §Ledger',
    proof: [
      `${scenario} › exports the ledger, and anybody who has the public key can verify it offline`,
      'tests/scenarios/cli.test.ts › takes an operator from an empty folder to a verified ledger',
      `${vectors} › has an export that is written and believed`,
    ],
  },
  {
    id: 'LEDGER-10',
    promise: 'A verification names the first entry that was changed, taken out, put in, repeated or moved.',
    source: 'threat model AUD-03',
    proof: [
      `${exported} › names the entry of which any character was changed`,
      `${exported} › names entry %d when its line is gone`,
      `${exported} › names the entry behind %d when its line is doubled`,
      `${exported} › names the place %d where an entry was put in, and all after it renumbered`,
      `${exported} › names the first of two entries that changed places before %d`,
      `${store} › finds an entry that somebody changed in the file`,
    ],
  },
  {
    id: 'LEDGER-11',
    promise:
      'With an earlier checkpoint a verification finds a history that its owner wrote anew or cut short and signed again.',
    source: 'OPERATIONS §Ledger; threat model AUD-05',
    proof: [
      `${exported} › is refused with an earlier checkpoint although the owner signed it again`,
      `${exported} › is refused when the owner signed a shorter one`,
    ],
  },
  {
    id: 'LEDGER-12',
    promise: 'Texts of strangers stay on one bounded line of the ledger and command no terminal.',
    source: 'threat model AUD-02',
    proof: 'packages/kernel/src/ledger/entry.test.ts › %s stay on one bounded line, in every place',
  },
  {
    id: 'LEDGER-13',
    promise: 'Entries are ordered by their place, whatever the clock says.',
    source: 'protocols/ledger',
    proof: `${store} › AUD-10: numbers entries by place, whatever the clock says`,
  },
]
