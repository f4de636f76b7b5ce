import { basename, isAbsolute } from 'node:path'
import { err, ok, type Diagnostic, type Outcome, type Problem } from '@rumi/kernel/base'
import type { DataFolder } from '@rumi/skills/base'
import { planExport, planImport, type DocumentPlan } from '@rumi/skills/document'
import type { Changing, DocumentLibrary } from './document-library.ts'

/** What became of one folder. */
export interface ImportedFolder {
  readonly name: string
  readonly plan: DocumentPlan | null
  readonly problem: Problem | null
  readonly warnings: readonly Diagnostic[]
}

interface Ports {
  readonly folder: DataFolder
  readonly documents: DocumentLibrary
  /** Opens another folder of this machine. */
  readonly openFolder: (path: string) => DataFolder
}

/** Folders in the form of the Agent Skills standard, in and out, every byte as it is. */
export class StandardFolders {
  readonly #ports: Ports

  constructor(ports: Ports) {
    this.#ports = ports
  }

  /** Takes a folder, or each of its child folders, as knowledge; one that cannot be taken holds no other up. */
  async takeIn(path: string, changing: Changing, isDryRun: boolean): Promise<Outcome<readonly ImportedFolder[]>> {
    if (!isAbsolute(path)) return err(relative)
    const source = this.#ports.openFolder(path)
    const options = { path: '', rootName: basename(path), into: { layer: 'L1', session: null } } as const
    const found = planImport(source, this.#ports.folder, options)
    if (found.documents.length === 0) return err(nothing(path))
    const folders: ImportedFolder[] = []
    for (const { name, outcome, warnings } of found.documents) {
      const done = outcome.ok && !isDryRun ? await this.#importOne(source, name, changing) : outcome
      folders.push({ name, plan: done.ok ? done.value : null, problem: done.ok ? null : done.error, warnings })
    }
    return ok(folders)
  }

  /** Writes documents as folders below a folder of this machine. A folder that is there already is never written to. */
  giveOut(
    path: string,
    names: readonly string[],
  ): Outcome<{ readonly folders: readonly string[]; readonly files: number }> {
    if (!isAbsolute(path)) return err(relative)
    const target = this.#ports.openFolder(path)
    const chosen = names.length > 0 ? names : this.#ports.documents.list('L1').documents.map(({ name }) => name)
    const plans = []
    for (const name of chosen) {
      const plan = planExport(this.#ports.folder, { layer: 'L1', session: null, name })
      if (!plan.ok) return plan
      if (target.list(name).files.length > 0) return err(taken(`${path}/${name}`))
      plans.push(plan.value)
    }
    for (const { name, files } of plans)
      target.apply(files.map((file) => ({ kind: 'write', ...file, path: `${name}/${file.path}` })))
    const count = plans.reduce((sum, { files }) => sum + files.length, 0)
    return ok({ folders: plans.map(({ name }) => `${path}/${name}`), files: count })
  }

  /** Planned again when it is its turn: what came before it may have changed what is there. */
  async #importOne(source: DataFolder, name: string, changing: Changing): Promise<Outcome<DocumentPlan>> {
    return this.#ports.documents.change(changing, (folder) => {
      const into = { layer: 'L1', session: null } as const
      const again = planImport(source, folder, { path: '', rootName: name, into })
      return again.documents.find((document) => document.name === name)?.outcome ?? err(nothing(name))
    })
  }
}

const relative: Problem = { code: 'knowledge.path', status: 400, message: 'The path must be absolute.' }

function nothing(path: string): Problem {
  return {
    code: 'knowledge.nothing',
    status: 404,
    message: `No folder with a SKILL.md is in ${path}.`,
    hint: 'Give a folder that has a SKILL.md, or whose child folders have one.',
  }
}

function taken(path: string): Problem {
  return {
    code: 'knowledge.exists',
    status: 409,
    message: `${path} is there already.`,
    hint: 'Give the path of a new folder.',
  }
}
