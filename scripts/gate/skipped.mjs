import { posix, relative } from 'node:path'

const SECURITY = 'tests/escape/'

/**
 * Which tests of a run did not run. A report without any test counts as none skipped; whether that is a failure is for
 * the runner of the tests to say.
 *
 * @param {{ testResults: { name: string, assertionResults: { status: string, fullName: string }[] }[] }} report
 *   What the JSON reporter of vitest writes.
 * @param {string} root Folder of the repository.
 * @returns {{ skipped: string[], security: string[] }} As `file › full name`; `security` are those under tests/escape,
 *   where a test that does not run means that an attack was not tried.
 */
export function findSkipped(report, root) {
  const skipped = report.testResults.flatMap(({ name, assertionResults }) => {
    const file = relative(root, name).replaceAll('\\', '/')
    return assertionResults
      .filter(({ status }) => status !== 'passed' && status !== 'failed')
      .map(({ fullName }) => `${posix.normalize(file)} › ${fullName.trim()}`)
  })
  return { skipped, security: skipped.filter((test) => test.startsWith(SECURITY)) }
}
