import { z } from 'zod'
import { err, ok, type Outcome, type Problem } from '@rumi/kernel/base'
import { formatResourceUri, parseResourceUri, type DocumentSummary } from '@rumi/skills/document'
import { define } from '../define.ts'
import type { Services } from '../services.ts'

const resourceSchema = z.object({
  uri: z.string(),
  layer: z.enum(['L0', 'L1', 'L2']),
  name: z.string(),
  kind: z.enum(['skill', 'main', 'script', 'asset', 'reference', 'other']),
  size_bytes: z.number(),
})

/** Lists resources. */
export const listResources = define({
  name: 'resources.list',
  summary: 'Lists every file of every layer by its address.',
  effect: 'read',
  who: 'delegate',
  http: { method: 'GET', path: '/api/resources' },
  input: z.strictObject({ layer: z.enum(['L0', 'L1', 'L2']).optional() }),
  output: z.object({ resources: z.array(resourceSchema), count: z.number() }),
  run: async (services, { layer }) => {
    const { kairos } = services
    const law = await kairos.law.current()
    const ofLaw = law.ok ? kairos.law.loadFiles(law.value.record) : law
    const skills = [...(ofLaw.ok ? ofLaw.value : [])].map(([path, bytes]) => {
      const name = path.slice('skills/'.length)
      return { uri: `l0://${name}`, layer: 'L0' as const, name, kind: 'skill' as const, size_bytes: bytes.length }
    })
    const documents = (['L1', 'L2'] as const).flatMap((one) => kairos.documents.list(one).documents.flatMap(present))
    const resources = [...skills, ...documents].filter((one) => layer === undefined || one.layer === layer)
    return ok({ resources, count: resources.length })
  },
})

function present({ layer, session, name, files }: DocumentSummary): readonly z.input<typeof resourceSchema>[] {
  return files.map(({ path, kind, sizeBytes }) => ({
    ...{ uri: formatResourceUri({ layer, session, name }, kind === 'main' ? null : path), layer, name, kind },
    size_bytes: sizeBytes,
  }))
}

/** Reads a resource. */
export const readResource = define({
  name: 'resources.read',
  summary: 'Reads one file by its address: l0://kairos.md, knowledge://name/scripts/x.py, context://session/name.',
  effect: 'read',
  who: 'delegate',
  http: { method: 'GET', path: '/api/resource' },
  input: z.strictObject({ uri: z.string().min(1).max(2048) }),
  output: z.object({
    uri: z.string(),
    size_bytes: z.number(),
    /** Null when it is no text. */
    text: z.string().nullable(),
    /** Its bytes, when it is no text. */
    base64: z.string().nullable(),
  }),
  run: async (services, { uri }) => {
    const bytes = await load(services, uri)
    if (!bytes.ok) return bytes
    const text = decode(bytes.value)
    const base64 = text === null ? Buffer.from(bytes.value).toString('base64') : null
    return ok({ uri, size_bytes: bytes.value.length, text, base64 })
  },
})

async function load({ kairos }: Services, uri: string): Promise<Outcome<Uint8Array>> {
  const address = parseResourceUri(uri)
  if (!address.ok) return address
  if (address.value.kind === 'document') {
    const { id, path } = address.value
    if (path !== null) return kairos.documents.readFile(id, path)
    const document = kairos.documents.read(id)
    if (!document.ok) return document
    const { main } = document.value
    return main === null ? err(unknownResource) : kairos.documents.readFile(id, main)
  }
  const law = await kairos.law.current()
  if (!law.ok) return law
  const files = kairos.law.loadFiles(law.value.record)
  if (!files.ok) return files
  const found = files.value.get(`skills/${address.value.file}`)
  return found ? ok(found) : err(unknownResource)
}

const unknownResource: Problem = {
  code: 'resource.unknown',
  status: 404,
  message: 'There is no such resource.',
  hint: 'rumi skills list; rumi knowledge list',
}

/** Null: not UTF-8. */
function decode(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return null
  }
}
