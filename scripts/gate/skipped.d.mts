/** The part of vitest's JSON report that says what ran. */
export type TestReport = {
  readonly testResults: readonly {
    readonly name: string
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[]
  }[]
}

/** Which tests did not run, as `file › full name`, and which of them are security tests. */
export function findSkipped(
  report: TestReport,
  root: string,
): { readonly skipped: readonly string[]; readonly security: readonly string[] }
