/**
 * One promise to the users of Rumi and the tests that prove it.
 *
 * `proof` names a test as `path/to/file.test.ts › title`, with the title as written in `it('…')`; for a table that is
 * the title with its placeholders.
 *
 * Example: `{ id: 'RUN-3', promise: 'A crashed run resumes.', source: 'pack-development §Flow control', proof: '…' }`
 */
export interface Requirement {
  /** `AREA-number`; never reused. */
  readonly id: string
  readonly promise: string
  /** The document and section that make the promise. */
  readonly source: string
  readonly proof: string | readonly string[]
}

/** Every promise that a test holds. `tests/requirements/requirements.test.ts` checks that the proofs exist. */
export const requirements: readonly Requirement[] = [
  {
    id: 'ARCH-1',
    promise: 'Every source file belongs to a row of the architecture and imports only what its row may.',
    source: 'ARCHITECTURE §Packages',
    proof: [
      'tests/architecture/check-layers.test.ts › refuses %s',
      'tests/architecture/check-layers.test.ts › passes a tree that keeps every rule',
    ],
  },
  {
    id: 'ARCH-2',
    promise: 'The check of the architecture fails when it has nothing to check.',
    source: 'ARCHITECTURE §Packages',
    proof: 'tests/architecture/check-layers.test.ts › fails when it finds no source at all',
  },
  {
    id: 'ARCH-3',
    promise: 'No import cycle joins files of the system.',
    source: 'ARCHITECTURE §Packages',
    proof:
      'tests/architecture/check-layers.test.ts › reports a cycle of several files once, at the import that closes it',
  },
  {
    id: 'GATE-1',
    promise: 'A security test that does not run fails the gate.',
    source: 'STYLE §Tests',
    proof: 'tests/architecture/gate.test.ts › names every skipped test and says which of them are security tests',
  },
  {
    id: 'SETUP-1',
    promise: 'A user who may not install programs is told the one command to type.',
    source: 'README §Start',
    proof: 'tests/architecture/gate.test.ts › tells a user with %s the one command to type',
  },
]
