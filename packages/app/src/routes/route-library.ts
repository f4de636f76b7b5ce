import type { Diagnostic, PackId, Problem, TreeHash } from '@rumi/kernel/base'
import type { PackRecord } from '@rumi/kernel/pack'
import {
  buildRouteTable,
  describeCollision,
  findCollisions,
  findRoute,
  parseRoutes,
  routesFileName,
  type PackRoute,
  type RouteMatch,
  type RouteMethod,
  type RouteRequest,
  type RoutesReading,
  type RouteTable,
} from '@rumi/kernel/route'
import type { ApprovalCandidate, PackLibrary } from '../library/index.ts'

/** What an operator sees of a pack's routes before its content is approved. */
export interface RouteReview {
  readonly routes: readonly PackRoute[]
  /** Also the collisions for which an approval would be refused now. */
  readonly diagnostics: readonly Diagnostic[]
}

/** A `routes.json` with its place relative to the home. */
interface Reading extends RoutesReading {
  readonly file: string
}

interface Loaded {
  readonly routes: readonly PackRoute[]
  readonly table: RouteTable
  /** Routes that name another pack's flow: a request to one is told so. They take no path from a route that works. */
  readonly outOfScope: RouteTable
  readonly diagnostics: readonly Diagnostic[]
}

/** Contents that are remembered; each edit that somebody looks at is one. */
const maxReadings = 500

const routeMethods: readonly RouteMethod[] = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH']

/** The routes of all approved packs, read from their approved trees. Follows every approval without a restart. */
export class RouteLibrary {
  readonly #packs: PackLibrary
  readonly #systemPaths: readonly string[]
  readonly #readings = new Map<string, Reading>()
  #loaded: Loaded | undefined

  /** @param systemPaths - Templates that the system answers itself (`TakenPaths`). */
  constructor(packs: PackLibrary, systemPaths: readonly string[]) {
    this.#packs = packs
    this.#systemPaths = systemPaths
    packs.onChange(() => {
      this.#loaded = undefined
    })
    packs.addApprovalCheck((candidate, records) => this.#refuseCollision(candidate, records))
  }

  /** Routes that answer. */
  get routes(): readonly PackRoute[] {
    return this.#current().routes
  }

  /** What is wrong with `routes.json` files of approved packs, and which routes were left out. */
  get diagnostics(): readonly Diagnostic[] {
    return this.#current().diagnostics
  }

  /** The route for a request, also one that is out of scope: whoever runs its flow asks again (`isFlowInScope`). */
  find(request: RouteRequest): RouteMatch | undefined {
    const { table, outOfScope } = this.#current()
    return findRoute(table, request) ?? findRoute(outOfScope, request)
  }

  /** Methods for which some route answers a path. */
  listMethods(path: string): readonly RouteMethod[] {
    return routeMethods.filter((method) => this.find({ method, path }) !== undefined)
  }

  /** Reads the approved trees again; for a stored copy that was damaged and is whole again. */
  reload(): void {
    this.#readings.clear()
    this.#loaded = undefined
  }

  /** What content declares, approved or not. */
  review(packId: PackId, treeHash: TreeHash): RouteReview {
    const reading = this.#read(packId, treeHash)
    const collisions = this.#findCollisions(reading, packId, this.#packs.records)
    return { routes: reading.routes, diagnostics: [...reading.diagnostics, ...collisions] }
  }

  /** Routes are approved with their pack or not at all. Problem: `route.collision` 409, naming both sides. (HTTP-10) */
  #refuseCollision({ packId, treeHash }: ApprovalCandidate, records: readonly PackRecord[]): Problem | undefined {
    const collisions = this.#findCollisions(this.#read(packId, treeHash), packId, records)
    if (collisions.length === 0) return undefined
    const shown = collisions.slice(0, 5).map(({ message }) => message)
    const more = collisions.length > shown.length ? [`… and ${collisions.length - shown.length} more`] : []
    return {
      code: 'route.collision',
      status: 409,
      message: `The pack "${packId}" cannot be approved: ${[...shown, ...more].join('; ')}.`,
      hint: `Change its ${routesFileName} to paths below /api/packs/${packId}/, or remove the other pack.`,
    }
  }

  #current(): Loaded {
    this.#loaded ??= this.#load()
    return this.#loaded
  }

  #load(): Loaded {
    const { records } = this.#packs
    const { routes, diagnostics } = this.#accept(records)
    const outOfScope = records.flatMap((record) => this.#readApproved(record)?.outOfScope ?? [])
    return { routes, table: buildRouteTable(routes), outOfScope: buildRouteTable(outOfScope), diagnostics }
  }

  /** In order of approval: a route that was there first keeps its path. */
  #accept(records: readonly PackRecord[]): RouteReview {
    const routes: PackRoute[] = []
    const diagnostics: Diagnostic[] = []
    for (const record of records.toSorted(compareApprovals)) {
      const reading = this.#readApproved(record)
      if (!reading) continue
      const collisions = findCollisions(reading.routes, { systemPaths: this.#systemPaths, others: routes })
      const refused = new Set(collisions.map(({ route }) => route))
      const described = collisions.map((collision) => describeCollision(collision, reading.file))
      diagnostics.push(...reading.diagnostics, ...described)
      routes.push(...reading.routes.filter((route) => !refused.has(route)))
    }
    return { routes, diagnostics }
  }

  /** With the system and with every other approved pack. */
  #findCollisions({ routes, file }: Reading, packId: PackId, records: readonly PackRecord[]): readonly Diagnostic[] {
    const others = this.#accept(records.filter((record) => record.packId !== packId)).routes
    const collisions = findCollisions(routes, { systemPaths: this.#systemPaths, others })
    return collisions.map((collision) => describeCollision(collision, file))
  }

  #readApproved(record: PackRecord): Reading | undefined {
    return record.status === 'approved' ? this.#read(record.packId, record.approvedHash) : undefined
  }

  /** Of the stored bytes, never of the folder: what was approved is what answers. */
  #read(packId: PackId, treeHash: TreeHash): Reading {
    const key = `${packId}\n${treeHash}`
    const known = this.#readings.get(key)
    if (known) return known
    const found = this.#packs.findFile(treeHash, routesFileName)
    const file = `ecosystem/${packId}/${found?.path ?? routesFileName}`
    if (found && !found.bytes) return unreadable(packId, file) // not remembered: a scan may mend it
    const none = { routes: [], outOfScope: [], diagnostics: [] }
    const reading = { ...(found?.bytes ? parseRoutes(found.bytes, { packId, file }) : none), file }
    if (this.#readings.size >= maxReadings) this.#readings.clear()
    this.#readings.set(key, reading)
    return reading
  }
}

function compareApprovals(left: PackRecord, right: PackRecord): number {
  const [first, second] = [left, right].map((record) => (record.status === 'approved' ? record.approvedAt : 0))
  return (first ?? 0) - (second ?? 0) || (left.packId < right.packId ? -1 : 1)
}

function unreadable(packId: PackId, file: string): Reading {
  const message = 'the stored copy of the pack is damaged; it has no routes'
  const hint = `rumi packs scan ${packId}, then: rumi routes reload`
  const damaged = { severity: 'error', code: 'route.unreadable', message, file, hint } as const
  return { routes: [], outOfScope: [], diagnostics: [damaged], file }
}
