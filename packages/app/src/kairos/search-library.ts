import type { Clock } from '@rumi/kernel/base'
import type { DataFolder } from '@rumi/skills/base'
import { loadDocument, scanDocuments, type DocumentFolder, type DocumentId } from '@rumi/skills/document'
import { parseQuery, type SearchEntry, type SearchIndex, type SearchLayer } from '@rumi/skills/search'
import type { LawLibrary } from './law-library.ts'

/** One thing that was found. */
export interface Found {
  readonly layer: SearchLayer
  /** The skill's id or the document's name. */
  readonly name: string
  readonly session: string | null
  readonly title: string
  readonly tags: readonly string[]
  readonly score: number
  readonly excerpt: string
}

interface Ports {
  readonly folder: DataFolder
  readonly clock: Clock
  readonly law: LawLibrary
  readonly index: () => SearchIndex
}

interface Source {
  readonly stamp: string
  readonly load: () => SearchEntry
}

/** How long an edit in the folder may go unnoticed; what changes through here is found at once. */
const scanEveryMs = 5000

/** Finds skills and documents by what is in them. The index follows the files. */
export class SearchLibrary {
  readonly #ports: Ports
  #documents: ReadonlyMap<string, Source> = new Map()
  #scannedMs = Number.NEGATIVE_INFINITY

  constructor(ports: Ports) {
    this.#ports = ports
  }

  /** Something changed: the next query looks at the files again. */
  invalidate(): void {
    this.#scannedMs = Number.NEGATIVE_INFINITY
  }

  /** Best first. Any text is a query. */
  async find(
    query: string,
    options: { readonly layers?: readonly SearchLayer[]; readonly limit: number },
  ): Promise<readonly Found[]> {
    const index = this.#ports.index()
    const nowMs = this.#ports.clock.monotonicMs()
    const isScanDue = nowMs - this.#scannedMs >= scanEveryMs
    if (isScanDue) {
      this.#documents = this.#scan()
      this.#scannedMs = nowMs
    }
    const skills = await this.#listSkills()
    if (isScanDue) refresh(index, new Map([...skills, ...this.#documents]))
    else index.put([...skills].flatMap(([key, { stamp, load }]) => (index.isCurrent(key, stamp) ? [] : [load()])))
    return index.query(parseQuery(query), options).flatMap(({ key, score, excerpt }) => {
      const entry = (skills.get(key) ?? this.#documents.get(key))?.load()
      if (entry === undefined) return []
      const [layer, ...names] = key.split('/')
      const session = layer === 'L2' ? (names[0] ?? null) : null
      const name = names.at(-1) ?? ''
      return [{ layer: entry.layer, name, session, title: entry.title, tags: entry.tags, score, excerpt }]
    })
  }

  async #listSkills(): Promise<ReadonlyMap<string, Source>> {
    const law = await this.#ports.law.current()
    const skills = law.ok ? [...law.value.skills.values()] : []
    return new Map(
      skills.map(({ tree, treeHash }) => {
        const key = `L0/${tree.id}`
        const body = [tree.use_when, tree.content].filter((text) => text !== undefined).join('\n')
        const title = tree.title ?? tree.id
        const entry = { key, layer: 'L0' as const, title, tags: [tree.id], body, stamp: treeHash }
        return [key, { stamp: treeHash, load: () => entry }]
      }),
    )
  }

  #scan(): ReadonlyMap<string, Source> {
    const { folder } = this.#ports
    const found = (['L1', 'L2'] as const).flatMap((layer) => scanDocuments(folder, layer).folders)
    return new Map(
      found.map((document) => [keyOf(document.id), { stamp: document.stamp, load: () => describe(folder, document) }]),
    )
  }
}

/** Puts in what is new or changed, and takes out what is gone. */
function refresh(index: SearchIndex, sources: ReadonlyMap<string, Source>): void {
  const known = index.keys()
  const gone = [...known.keys()].filter((key) => !sources.has(key))
  const changed = [...sources].filter(([key, { stamp }]) => known.get(key) !== stamp)
  if (gone.length > 0) index.remove(gone)
  for (let at = 0; at < changed.length; at += 500)
    index.put(changed.slice(at, at + 500).map(([, source]) => source.load()))
}

function keyOf({ layer, session, name }: DocumentId): string {
  return session === null ? `${layer}/${name}` : `${layer}/${session}/${name}`
}

function describe(folder: DataFolder, found: DocumentFolder): SearchEntry {
  const { title, tags, description, body, layer } = loadDocument(folder, found)
  return {
    ...{ key: keyOf(found.id), layer, title, tags, stamp: found.stamp },
    body: [found.id.name, description, body].join('\n'),
  }
}
