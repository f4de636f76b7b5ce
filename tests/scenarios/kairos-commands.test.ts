import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startCommandLine, type CallEnd, type CommandLine } from '../support/command-line.ts'
import { removeFolder } from '../support/remove-folder.ts'

const launcher = fileURLToPath(new URL('../../bin/rumi', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'rumi-kairos-commands-'))
const home = join(folder, 'home')
const config = join(home, '.kairos/skills/config.yml')
const surroundings = {
  PATH: process.env['PATH'],
  HOME: process.env['HOME'],
  LANG: 'C',
  RUMI_HOME: home,
  RUMI_API_PORT: '0',
}
let shell: CommandLine
const noted = { proposal: '', hash: '', commit: '' }

beforeAll(async () => {
  mkdirSync(home, { mode: 0o700 })
  shell = startCommandLine({ environment: surroundings, currentFolder: folder })
  expect((await shell.call(['init'])).code).toBe(0)
})

afterAll(() => {
  shell.end()
  removeFolder(folder)
})

/** Calls the command line with the words of a line; `"…"` holds words together, PROP and HASH are what was shown last. */
async function rumi(line: string, more: readonly string[] = []): Promise<CallEnd> {
  const words = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '')
  const places: Readonly<Record<string, string>> = { PROP: noted.proposal, HASH: noted.hash, COMMIT: noted.commit }
  const ended = await shell.call([...more, ...words.map((word) => places[word] ?? word)])
  noted.proposal = /^prop_[0-9a-f]{16}/m.exec(ended.out)?.[0] ?? noted.proposal
  noted.hash = /^ {2}(sha256:[0-9a-f]{64})$/m.exec(ended.out)?.[1] ?? noted.hash
  noted.commit = /\b\d+-[0-9a-f]{12}\b/.exec(ended.out)?.[0] ?? noted.commit
  return ended
}

type Line = readonly [line: string, code: number, shown: RegExp]

/** Each sees what those before it did. */
async function typeAll(lines: readonly Line[]): Promise<void> {
  const seen = []
  for (const [line] of lines) {
    const { code, out, err } = await rumi(line)
    seen.push({ line, code, shown: out + err })
  }
  expect(seen).toEqual(lines.map(([line, code, shown]) => ({ line, code, shown: expect.stringMatching(shown) })))
}

function write(name: string, text: string): void {
  writeFileSync(join(folder, name), text)
}

describe('a home without skills', () => {
  it('says how to set them up, sets them up once, and says what ships with this version', async () => {
    await typeAll([
      ['skills list', 1, /^error: .*\n[^]*kairos init/],
      ['kairos init', 0, /set up, with 8 skill\(s\)\.\n[^]*skills\/config\.yml\n[^]*rumi skills list$/m],
      ['kairos init', 0, /set up already[^]*Nothing was written/],
      ['kairos init --repair', 0, /Written again as it is in force: 0/],
      ['kairos upgrade --dry-run', 0, /Everything is as this version ships it/],
    ])
  })
})

describe('a skill', () => {
  it('is listed, shown, verified, and compared with its own definition', async () => {
    await typeAll([
      ['skills list', 0, /^SKILL .*\n[^]*^layer_awareness +1\.0 +sha256:[0-9a-f]{12} +4 +Awareness of layers$/m],
      [
        'skills show layer_awareness',
        0,
        /^may change +version, content[^]*^ {2}## Layer Structure$[^]*^1 +1\.0 .*set up$/m,
      ],
      ['skills show layer_awareness --source', 0, /^export default skill\('layer_awareness', \{\n/],
      ['skills show layer_awareness --source --tree', 2, /not both/],
      ['skills show nothing', 1, /No skill is called "nothing"/],
      [
        'skills verify layer_awareness',
        0,
        /^promotion_path +Plan +holds [^]*4 hold\(s\)\.\nEvery statement .* holds\.$/m,
      ],
      [
        'skills verify',
        0,
        /^approval_workflow$[^]*^l0_governance$[^]*3 left to a person\.\nNothing speaks against it, but/m,
      ],
      ['skills verify layer_awareness --bind seasons', 2, /write name=value/],
      ['skills verify layer_awareness --bind seasons=four', 2, /"seasons" is no JSON/],
      ['skills verify layer_awareness --bind seasons=4', 0, /4 hold\(s\)/],
      ['skills decompile layer_awareness', 0, /\(`promotion_path`\): 3 steps/],
      ['skills drift layer_awareness', 0, /tell the same\.$/m],
      ['skills audit dangerous', 0, /Nothing was found/],
      ['skills audit everything', 2, /check, stale/],
      ['skills search promotion path --layer L0', 0, /^L0 +layer_awareness /m],
      ['skills search zebra', 0, /Nothing was found/],
      ['skills run self_inspection', 1, /skill_behavior_enabled/],
    ])
  })

  it('that is not verified completely is never said to be', async () => {
    const { out } = await rumi('skills verify evolution_rules')
    expect(out).toContain('for a person')
    expect(out).not.toMatch(/Every statement|all passed/i)
    const { code, out: json } = await rumi('skills verify', ['--json'])
    expect({ code, ...JSON.parse(json) }).toMatchObject({ code: 0, summary: { unsatisfied: 0, human_required: 3 } })
  })

  it('in a file is parsed without running it: every fault has its line and column', async () => {
    write('bad.skill.ts', 'export default skill("x", {\n  version: 1,\n  evil: process.exit(),\n})\n')
    write('latin.skill.ts', '')
    writeFileSync(join(folder, 'latin.skill.ts'), Buffer.from([0x2f, 0x2f, 0xe9]))
    write('seasons.rb', 'skill :seasons do\n  version "1.0"\n  title "Seasons"\n  content "Four of them."\nend\n')
    await typeAll([
      [
        'skills parse bad.skill.ts',
        1,
        /^error bad\.skill\.ts:2:12: .*\n[^]*^error bad\.skill\.ts:3:3: .*\n[^]*2 error/m,
      ],
      ['skills parse latin.skill.ts', 2, /no UTF-8 text/],
      ['skills parse none.skill.ts', 2, /ENOENT/],
      ['skills parse seasons.md', 2, /\.ts or \.rb/],
      ['skills parse seasons.rb', 0, /^seasons {2}sha256:[0-9a-f]{64}\n[^]*in order/],
      ['skills parse seasons.rb --canonical', 0, /^export default skill\('seasons', \{\n {2}version: '1\.0',\n/],
      ['skills propose bad.skill.ts --reason x', 1, /^error: \S+:2:12: [^]*^hint: .*skills parse FILE$/m],
    ])
    const { code, out } = await rumi('skills parse bad.skill.ts', ['--json'])
    expect(code).toBe(1)
    expect(JSON.parse(out)).toMatchObject({
      ok: false,
      diagnostics: [
        { line: 2, column: 12 },
        { line: 3, column: 3 },
      ],
    })
  })
})

describe('a change of a skill', () => {
  it('is proposed, reviewed, approved by its hash, applied, and taken back in the same way', async () => {
    const source = (await rumi('skills show layer_awareness --source')).out
    write(
      'layers.skill.ts',
      source.replace("version: '1.0'", "version: '1.1'").replace('Begin in L2', 'Always begin in L2'),
    )
    await typeAll([
      ['skills diff layer_awareness layers.skill.ts', 1, /^ +- Begin in L2\..*\n +\+ Always begin in L2\./m],
      ['skills diff layer_awareness layer_awareness@1', 0, /is the same/],
      ['skills propose layers.skill.ts', 2, /Say why/],
      ['skills propose --reason x', 2, /either a file, or --remove/],
      ['skills propose layers.skill.ts --reason x --skill core_safety', 1, /"core_safety"/],
      ['skills propose --remove core_safety --reason x', 1, /core_safety/],
      [
        'skills propose layers.skill.ts --reason "be clear" --dry-run',
        0,
        /evolution\.enabled +failed[^]*nothing is kept/,
      ],
      ['skills proposals', 0, /no proposals/],
    ])
    writeFileSync(config, readFileSync(config, 'utf8').replace('evolution_enabled: false', 'evolution_enabled: true'))
    await typeAll([
      [
        'skills propose layers.skill.ts --reason "be clear"',
        0,
        /^ +\+ "1\.1"$[^]*^Approve it: \S+ skills approve prop_\w+ --hash sha256:\w+$/m,
      ],
      ['skills proposals --open', 0, /^prop_[0-9a-f]{16} +open +layer_awareness .*be clear$/m],
      [
        'skills proposals PROP',
        0,
        /\+ Always begin[^]*evolution\.enabled +passed[^]*for a person[^]*Approve it: \S+ skills approve/,
      ],
      ['skills apply PROP', 1, /^error: /m],
      ['skills approve PROP', 2, /--hash[^]*^hint: \S+ skills proposals prop_/m],
      ['skills approve PROP --yes', 2, /--hash/],
      [`skills approve PROP --hash sha256:${'0'.repeat(64)}`, 1, /^error: /m],
      ['skills approve PROP --hash HASH', 0, /is approved: sha256:[0-9a-f]{64}\nApply it: \S+ skills apply prop_/],
      ['skills apply PROP', 0, /is applied; L0 is at revision 2/],
      ['skills show layer_awareness', 0, /^version +1\.1$[^]*Always begin in L2[^]*^2 +1\.1 .*be clear$\n1 +1\.0 /m],
      ['skills verify layer_awareness', 0, /Every statement/],
      ['skills rollback layer_awareness --to 7 --reason x', 1, /never had a version "7"/],
      ['skills rollback layer_awareness --reason x', 2, /--to/],
      ['skills rollback layer_awareness --to 1 --reason "too strict"', 0, /- Always begin[^]*Approve it/],
      ['skills approve PROP --hash HASH', 0, /is approved/],
      ['skills apply PROP', 0, /revision 3/],
      ['skills show layer_awareness', 0, /^version +1\.0$[^]*^ {2}Begin in L2/m],
      ['skills propose layers.skill.ts --reason "once more"', 0, /Approve it/],
      ['skills reject PROP --reason "twice is enough"', 0, /is rejected/],
      ['skills proposals PROP', 0, /^rejected +operator\/cli {2}twice is enough$/m],
      ['skills approve PROP --hash HASH', 1, /^error: /m],
      ['skills reset', 0, /the last one had 2/],
      ['skills proposals prop_0000000000000000', 1, /no proposal/],
    ])
  })
})

describe('documents', () => {
  it('of L1 are created, shown with nothing that a terminal obeys, found, archived and brought back', async () => {
    write('pets.md', '# Pets\n\nA cat purrs.\u001b[2J\n')
    await typeAll([
      ['knowledge create pets --file pets.md --tag animal', 0, /^"pets" is created\.\n[0-9a-f]{64}$/m],
      ['knowledge create pets --file pets.md', 1, /already exists/],
      ['knowledge create cats --file none.md', 2, /ENOENT/],
      ['knowledge list', 0, /^pets +animal +Pets$/m],
      ['knowledge show pets', 0, /A cat purrs\.\\x1b\[2J\n[^]*shown as escapes/],
      ['knowledge search purrs', 0, /^L1 +pets /m],
      ['knowledge archive pets', 2, /Say why/],
      ['knowledge archive pets --reason "no pets here"', 0, /"pets" is archived/],
      ['knowledge show pets', 1, /^error: /m],
      ['knowledge list --archived', 0, /^pets +animal/m],
      ['knowledge unarchive pets', 0, /is back in use/],
      ['knowledge export out pets', 0, /out\/pets\n[^]*1 folder\(s\) with 1 file/],
      ['knowledge delete pets', 2, /--yes/],
      ['knowledge delete pets --yes', 0, /is deleted/],
      ['knowledge import out --dry-run', 0, /^pets {2}created[^]*could be taken/],
      ['knowledge import out', 0, /1 of 1 folder\(s\) taken/],
      ['knowledge import out', 1, /^pets {2}error: [^]*0 of 1/],
    ])
    expect(existsSync(join(folder, 'out/pets/SKILL.md'))).toBe(true)
  })

  it('of a session are saved, raised by one layer, and gone with it', async () => {
    write('log.md', '# Log\n\nRain at noon.\n')
    await typeAll([
      ['context list', 0, /no sessions/],
      ['context save monday log --file log.md', 0, /^"monday\/log" is created/],
      ['context list monday', 0, /^monday\nDOCUMENT[^]*^log /m],
      ['context show monday log', 0, /^Rain at noon\.$/m],
      ['skills promote log', 2, /--session/],
      ['skills promote log --session monday --as weather', 0, /is knowledge now: weather/],
      [
        'skills promote weather --to L0',
        0,
        /^export default skill\('weather', \{[^]*This is a draft; nothing has changed/,
      ],
      ['skills promote weather --to L2', 2, /L1, L0/],
      ['context delete monday log', 0, /is deleted/],
      ['context end monday', 0, /"monday" has ended/],
    ])
  })

  it('take their text from the standard input as well', async () => {
    const child = spawn(launcher, ['knowledge', 'create', 'piped'], { env: surroundings, cwd: folder })
    child.stdin.end('# Piped\n')
    expect(await new Promise((resolve) => child.once('close', resolve))).toBe(0)
    expect((await rumi('knowledge show piped')).out).toContain('# Piped')
  })
})

describe('the record and the state', () => {
  it('keep what happened, can be verified, and come back by a proposal', async () => {
    await typeAll([
      ['state commit', 2, /Say why/],
      ['state commit --reason "all of it" --force', 0, /committed: \d+-[0-9a-f]{12}/],
      ['state commit --reason again', 1, /--force/],
      ['state status', 0, /^last commit +\d+-[0-9a-f]{12}[^]*Nothing has changed/m],
      ['knowledge delete weather --yes', 0, /is deleted/],
      ['state diff COMMIT', 1, /^- knowledge\/weather\/weather\.md$/m],
      ['state diff COMMIT COMMIT', 0, /no difference/],
      ['state status', 0, /^- knowledge\/weather\/weather\.md$/m],
      ['state history --limit 1', 0, /all of it$/m],
      ['state restore COMMIT knowledge/weather', 2, /Say why/],
      [
        'state restore COMMIT knowledge/weather --reason "it was good"',
        0,
        /^\+ knowledge\/weather\/weather\.md$[^]*\+ Rain at noon\.$/m,
      ],
      ['skills approve PROP --hash HASH', 0, /is approved/],
      ['skills apply PROP', 0, /is applied/],
      ['knowledge show weather', 0, /Rain at noon/],
      ['chain record "we kept it" "and told why"', 0, /^2 text\(s\) are on the record/],
      ['chain history --type skill_transition', 0, /^\d+ .* skill_transition +layer_awareness /m],
      ['chain history --type nothing', 1, /^error: /m],
      ['chain status', 0, /^entries +\d+\nlatest +record/],
      ['chain verify', 0, /^The record is intact/],
      ['chain export chain.json', 0, /block\(s\) were written to \.\/chain\.json/],
      ['chain export chain.json', 1, /^error: /m],
      ['chain import layers.skill.ts', 1, /^error: /m],
      ['chain import chain.json', 1, /on the record of this home already/],
    ])
  })

  it('keep why words became a definition or not, and propose other instructions', async () => {
    write('words.txt', 'Be careful with sources.')
    const about = '--skill core_safety --skill-version 1.0 --category philosophy --rationale "people judge it"'
    await typeAll([
      [`formalization record ${about} --file words.txt --result not_formalized --confidence 0.5`, 0, /is recorded/],
      [`formalization record ${about} --file words.txt --result maybe`, 2, /formalized, not_formalized/],
      [`formalization record ${about} --source a --file words.txt --result formalized`, 2, /either --source or --file/],
      [`formalization record ${about} --source a --result formalized --confidence 2`, 2, /0–1/],
      [
        'formalization history --skill core_safety',
        0,
        /not_formalized +philosophy +human +Be careful with s[^]*0 formalized, 1 not/,
      ],
      ['formalization history --category rule', 0, /No decision is recorded/],
      ['instructions show', 0, /^# [^]*^Modes: .*developer/m],
      [
        'instructions set developer --reason "we know our way" --dry-run',
        0,
        /~ skills\/config\.yml[^]*nothing is kept/,
      ],
      ['instructions create guest --file words.txt --reason "for guests"', 0, /\+ skills\/guest\.md[^]*Approve it/],
      ['instructions update guest --file words.txt', 2, /Say why/],
      ['instructions delete guest --reason x', 1, /^error: /m],
    ])
  })
})

describe('the commands of Kairos', () => {
  it('print the data of the operation with --json, in this process as well as from a running system', async () => {
    const lines = [
      ...['skills list', 'skills show layer_awareness', 'skills proposals', 'skills drift audit_rules'],
      ...['skills diff layer_awareness@2', 'skills search rain', 'knowledge list', 'knowledge show pets'],
      ...['knowledge show nothing', 'context list', 'state history', 'chain history --limit 3', 'instructions show'],
      ...['formalization history', 'skills approve prop_0000000000000000'],
    ]
    const askAll = async (): Promise<readonly unknown[]> => {
      const answers: unknown[] = []
      for (const line of lines) {
        const { code, out, err } = await rumi(line, ['--json'])
        answers.push({ line, code, err, data: JSON.parse(out) })
      }
      return answers
    }
    const here = await askAll()
    const system = spawn(launcher, ['up', '--json'], {
      env: surroundings,
      cwd: folder,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const ended = new Promise((resolve) => system.once('exit', resolve))
    await createInterface({ input: system.stdout })[Symbol.asyncIterator]().next()
    const there = await askAll()
    system.kill('SIGTERM')
    await ended
    expect(there).toEqual(here)
    expect(here).toContainEqual(expect.objectContaining({ line: 'skills diff layer_awareness@2', code: 1, err: '' }))
  })

  it('speak Japanese', async () => {
    const japanese = ['--lang', 'ja']
    const verified = await rumi('skills verify evolution_rules', japanese)
    expect(verified.out).toMatch(/^review_judgment +SemanticReasoning +人の判断が必要 /m)
    expect(verified.out).toContain('全部を確認できたわけではありません')
    const unknown = await rumi('skills show nothing', japanese)
    expect(unknown).toMatchObject({ code: 1, err: expect.stringMatching(/^エラー: その ID のスキルはありません。/) })
  })

  it('show an example in their help, and are completed', async () => {
    const { out } = await rumi('completion bash')
    for (const command of ['kairos upgrade', 'skills rollback', 'knowledge unarchive', 'instructions set'])
      expect(out).toContain(`'${command}'`)
    expect((await rumi('formalization record --help')).out).toMatch(/^Example: rumi formalization record /m)
  })
})
