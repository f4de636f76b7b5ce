import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rumi-disk-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

/**
 * A process that opens a store and prints one line of JSON per thing that happened. It lives alone because what happens
 * to its disk must happen to nobody else.
 */
const program = `
  import { createPrivateKey } from 'node:crypto'
  import { rmSync, writeFileSync } from 'node:fs'
  import { dirname, join } from 'node:path'
  import { SqlStateStore } from ${JSON.stringify(new URL('state-store.ts', import.meta.url).href)}
  import { createExportVerifier, createLedgerSigner, formatExport, generateLedgerKey } from ${JSON.stringify(import.meta.resolve('@rumi/kernel/ledger'))}

  const say = (...words) => console.log(JSON.stringify(words))
  const signer = createLedgerSigner('disk', createPrivateKey(generateLedgerKey().privateKeyPem))
  const clock = { now: () => 0, monotonicMs: () => 0, after: () => () => undefined }
  const [path, plan] = process.argv.slice(1)
  const ballast = join(dirname(path), 'ballast')
  if (plan === 'fill') writeFileSync(ballast, Buffer.alloc(300_000, 1))
  const store = new SqlStateStore({ path, clock, signer, onBroken: () => say('broken') })
  const subjects = () => store.ledger.entries(0, 9999).map(({ subject }) => subject)
  const write = async (subject, size = 0) => {
    try {
      await store.write((state) => state.append({ kind: 'test.note', actor: 'a', subject, data: { filling: 'x'.repeat(size) } }))
      return 'ok'
    } catch (error) {
      return error.kind ?? String(error)
    }
  }
  const verify = async () => {
    const checkpoint = await store.signHead()
    const size = store.ledger.size()
    const verifier = createExportVerifier(signer)
    const entries = store.ledger.entries(0, size)
    for (const line of formatExport({ origin: 'disk', size, entries, readNode: store.ledger.readNode, checkpoint })) verifier.line(line)
    return verifier.finish().ok
  }
  say('found', subjects())
  if (plan === 'fill' || plan === 'grow') {
    const acknowledged = []
    let answer = 'ok'
    for (let index = 0; index < 2000 && answer === 'ok'; index += 1) {
      answer = await write(String(index), 2000)
      if (answer === 'ok') acknowledged.push(String(index))
    }
    say('stopped', answer, acknowledged.length > 0, JSON.stringify(subjects()) === JSON.stringify(acknowledged))
    if (plan === 'grow') say('acknowledged', acknowledged)
    else say('together', await Promise.all([write('p', 3000), write('q', 3000)]), JSON.stringify(subjects()) === JSON.stringify(acknowledged))
    if (plan === 'fill') {
      rmSync(ballast)
      say('again', await write('after'), subjects().at(-1) === 'after', await verify())
    }
  } else {
    for (const subject of (plan ?? '').split('')) say('write', subject, await write(subject))
    say('sees', subjects())
  }
  try { store.close(); say('closed') } catch (error) { say('close', error.kind) }
`

const node = [
  process.execPath,
  '--disable-warning=ExperimentalWarning',
  '--input-type=module-typescript',
  '-e',
  program,
]

function run(
  before: readonly string[],
  ...args: readonly string[]
): { readonly lines: readonly unknown[]; readonly complaint: string } {
  const [command = '', ...rest] = [...before, ...node, ...args]
  const { stdout, stderr } = spawnSync(command, rest, { encoding: 'utf8', timeout: 20_000 })
  const lines = stdout.split('\n').filter((line) => line.startsWith('['))
  return { lines: lines.map((line) => JSON.parse(line) as unknown), complaint: stderr }
}

const canMount = spawnSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'none', '/mnt']).status === 0
const canTrace = spawnSync('strace', ['-qq', '-o', '/dev/null', 'true']).status === 0

describe('a disk that is full', () => {
  // Skipped where an ordinary user may not mount in a namespace of their own.
  it.skipIf(!canMount)('STO-05: refuses the write and nothing else, and takes writes again when there is room', () => {
    const small = [
      'unshare',
      '-rm',
      'sh',
      '-c',
      'mount -t tmpfs -o size=1m none "$1" && shift && exec "$@"',
      'sh',
      folder,
    ]
    const { lines, complaint } = run(small, join(folder, 'rumi.db'), 'fill')
    expect([complaint, lines]).toEqual([
      '',
      [
        ['found', []],
        ['stopped', 'full', true, true],
        ['together', ['full', 'full'], true],
        ['again', 'ok', true, true],
        ['closed'],
      ],
    ])
  })
})

describe('STO-07: a write that does not go through at once', () => {
  it('because files may not grow further is refused or ends the work, and nothing acknowledged is lost', () => {
    const path = join(folder, 'rumi.db')
    const { lines } = run(['sh', '-c', 'ulimit -f 1000 && exec "$@"', 'sh'], path, 'grow')
    const acknowledged = lines.flatMap((line) =>
      Array.isArray(line) && line[0] === 'acknowledged' ? (line[1] as string[]) : [],
    )
    expect(lines).toContainEqual(['stopped', expect.stringMatching(/^(full|broken)$/), true, true])
    const after = run([], path, 'z').lines
    const [found] = after
    const kept = Array.isArray(found) ? (found[1] as string[]) : []
    // One more may be there: written in full, and refused because of what came after it.
    expect([kept.slice(0, acknowledged.length), kept.length - acknowledged.length <= 1]).toEqual([acknowledged, true])
    expect(after).toContainEqual(['write', 'z', 'ok'])
  })

  // Skipped where processes may not be traced.
  it.skipIf(!canTrace)('because a signal came is done again', () => {
    const interrupted = ['strace', '-f', '-qq', '-o', '/dev/null', '-e', 'trace=pwrite64']
    const { lines } = run(
      [...interrupted, '-e', 'inject=pwrite64:error=EINTR:when=3+4'],
      join(folder, 'rumi.db'),
      'abcd',
    )
    expect(lines).toEqual([
      ['found', []],
      ...['a', 'b', 'c', 'd'].map((subject) => ['write', subject, 'ok']),
      ['sees', ['a', 'b', 'c', 'd']],
      ['closed'],
    ])
  })
})

describe('a disk that fails', () => {
  /** Runs the plan with the n-th flush of the process failing. */
  const failAt = (path: string, flush: number, plan: string): ReturnType<typeof run> =>
    run(
      [
        'strace',
        '-f',
        '-qq',
        '-o',
        '/dev/null',
        '-e',
        'trace=fsync,fdatasync',
        '-e',
        `inject=fsync,fdatasync:error=EIO:when=${flush}`,
      ],
      path,
      plan,
    )

  // Skipped where processes may not be traced.
  it.skipIf(!canTrace)('STO-06: ends all acknowledging; after a restart everything acknowledged is there', () => {
    const seen: string[] = []
    for (const flush of [1, 2, 3, 4]) {
      const path = join(folder, `${flush}`, 'rumi.db')
      mkdirSync(join(folder, `${flush}`))
      run([], path, 'k')
      const { lines } = failAt(path, flush, 'abcd')
      const answers = lines.flatMap((line) =>
        Array.isArray(line) && line[0] === 'write' ? [[String(line[1]), String(line[2])]] : [],
      )
      const acknowledged = answers.filter(([, answer]) => answer === 'ok').map(([subject]) => subject)
      const failed = answers.findIndex(([, answer]) => answer === 'broken')
      // The first failure is the last word: nothing after it is acknowledged, even though the disk works again.
      if (failed >= 0) {
        expect(answers.slice(failed).map(([, answer]) => answer)).toEqual(answers.slice(failed).map(() => 'broken'))
        expect(lines.filter((line) => JSON.stringify(line) === '["broken"]')).toHaveLength(1)
        expect(lines).toContainEqual(['sees', ['k', ...acknowledged]])
      }
      const after = run([], path, 'z').lines
      const [found] = after
      expect(Array.isArray(found) && (found[1] as string[]).slice(0, 1 + acknowledged.length)).toEqual([
        'k',
        ...acknowledged,
      ])
      expect(after).toContainEqual(['write', 'z', 'ok'])
      seen.push(failed >= 0 ? `broken after ${acknowledged.length}` : 'not opened')
    }
    expect(seen.filter((word) => word.startsWith('broken'))).not.toEqual([])
  })
})
