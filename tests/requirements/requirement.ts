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
