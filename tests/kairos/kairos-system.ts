import { existsSync, mkdtempSync, readFileSync, realpathSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deriveDelegateToken } from '@rumi/kernel/operation'
import type { Clock } from '@rumi/kernel/base'
import { readAnswer, startTestSystem, type Answer, type TestSystem } from '../http/system.ts'
import { removeFolder } from '../support/remove-folder.ts'

/** What JSON holds: a test reads the members it expects. */
type Data = ReturnType<JSON['parse']>

/** A system with skills, asked over HTTP by the operator or by a delegate. */
export interface KairosSystem {
  /** Replaced by a restart. */
  readonly rumi: TestSystem
  readonly home: string
  /** Asks as the operator. */
  ask(method: string, path: string, body?: unknown): Promise<Answer>
  /** Asks as the operator and gives the data; throws when it is refused. */
  must(method: string, path: string, body?: unknown): Promise<Data>
  /** Asks as a delegate. */
  askDelegate(method: string, path: string, body?: unknown): Promise<Answer>
  /** A file below `.kairos`; undefined: there is none. */
  read(path: string): string | undefined
  write(path: string, text: string): void
  /** The source of a skill in force, with some of it replaced; every text must be in it. */
  edit(skillId: string, changes: readonly (readonly [string, string])[]): Promise<string>
  propose(skillId: string, source: string, reason?: string): Promise<Answer>
  approve(proposalId: string, hash: string): Promise<Answer>
  apply(proposalId: string): Promise<Answer>
  /** Proposes, approves and applies; throws when any of it is refused. */
  evolve(skillId: string, changes: readonly (readonly [string, string])[]): Promise<Data>
  restart(): Promise<void>
  close(): Promise<void>
}

/** What a test may choose. */
export interface KairosOptions {
  /** Files of the home, there before the start. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>
  readonly clock?: Clock
  /** Turns evolution on in the settings; default true. */
  readonly evolution?: boolean
  /** Sets up after the start; default true. */
  readonly init?: boolean
}

/** Starts a system and sets up its skills. */
export async function startKairos(options: KairosOptions = {}): Promise<KairosSystem> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'rumi-kairos-')))
  const home = join(folder, 'home')
  const start = async (files: KairosOptions['files'] = {}): Promise<TestSystem> =>
    startTestSystem({ home, files, ...(options.clock === undefined ? {} : { systemClock: options.clock }) })
  let rumi = await start(options.files)
  const ask: KairosSystem['ask'] = async (method, path, body) => rumi.ask(method, path, body)
  const must: KairosSystem['must'] = async (method, path, body) => {
    const answer = await ask(method, path, body)
    if (!answer.body.success) throw new Error(`${method} ${path}: ${JSON.stringify(answer.body)}`)
    return answer.body.data
  }
  const read: KairosSystem['read'] = (path) => {
    const file = join(home, '.kairos', path)
    return existsSync(file) ? readFileSync(file, 'utf8') : undefined
  }
  const write: KairosSystem['write'] = (path, text) => rumi.write({ [`.kairos/${path}`]: text })
  const edit: KairosSystem['edit'] = async (skillId, changes) => {
    const { source } = await must('GET', `/api/skills/${skillId}`)
    return changes.reduce((text: string, [before, after]) => {
      if (!text.includes(before)) throw new Error(`"${before}" is not in ${skillId}`)
      return text.replace(before, () => after)
    }, source)
  }
  const propose: KairosSystem['propose'] = async (skillId, source, reason = 'a reason') =>
    ask('POST', '/api/skills/propose', { skill_id: skillId, source, reason })
  const approve: KairosSystem['approve'] = async (id, hash) =>
    ask('POST', `/api/skills/proposals/${id}/approve`, { hash })
  const apply: KairosSystem['apply'] = async (id) => ask('POST', `/api/skills/proposals/${id}/apply`, {})
  if (options.init ?? true) await must('POST', '/api/kairos/init', {})
  if (options.evolution ?? true) enableEvolution({ read, write })
  return {
    get rumi() {
      return rumi
    },
    ...{ home, ask, must, read, write, edit, propose, approve, apply },
    askDelegate: async (method, path, body) =>
      readAnswer(
        await fetch(rumi.server.url + path, {
          method,
          headers: {
            authorization: `Bearer ${deriveDelegateToken(rumi.system.operatorToken)}`,
            ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        }),
      ),
    evolve: async (skillId, changes) => {
      const proposed = await propose(skillId, await edit(skillId, changes))
      const { proposal } = proposed.body.data ?? {}
      if (proposal === undefined) throw new Error(JSON.stringify(proposed.body))
      await must('POST', `/api/skills/proposals/${proposal.proposal_id}/approve`, { hash: proposal.hash })
      return must('POST', `/api/skills/proposals/${proposal.proposal_id}/apply`, {})
    },
    restart: async () => {
      await rumi.close()
      rumi = await start()
    },
    close: async () => {
      await rumi.close()
      removeFolder(folder)
    },
  }
}

/** Turns evolution on, as an operator does: in the settings. */
export function enableEvolution({ read, write }: Pick<KairosSystem, 'read' | 'write'>): void {
  const path = 'skills/config.yml'
  const text = read(path)
  if (text === undefined) write(path, 'evolution_enabled: true\n')
  else write(path, text.replace('evolution_enabled: false', 'evolution_enabled: true'))
}

/** Entries of the ledger of some kinds, oldest first. */
export function entriesOf({ rumi }: KairosSystem, ...kinds: readonly string[]) {
  const { ledger } = rumi.system.services
  return ledger.entries(0, 100_000).filter(({ kind }) => kinds.includes(kind))
}
