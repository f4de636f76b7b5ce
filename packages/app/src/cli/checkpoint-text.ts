import { z } from 'zod'
import { parseVerifierKey, type VerifierKey } from '@rumi/kernel/ledger'

const headSchema = z.object({ checkpoint: z.string(), verifier_key: z.string() })
const jsonSchema = z.union([headSchema, z.object({ data: headSchema }).transform(({ data }) => data)])

/**
 * The checkpoint in what `rumi ledger head` printed, with or without the line of the key around it, or as JSON.
 * Undefined: there is nothing of the form of a checkpoint. Whether it is signed is for the verification to tell.
 */
export function findCheckpoint(text: string): string | undefined {
  const lines = `${findHead(text)?.checkpoint ?? text.replaceAll('\r\n', '\n')}\n`
  // Three lines, an empty one, and signatures (C2SP tlog-checkpoint).
  const found = /^[^\n]+\n\d{1,16}\n[A-Za-z0-9+/]{43}=\n\n(?:— \S+ [A-Za-z0-9+/]+={0,2}\n)+/mu.exec(lines)
  return found?.[0]
}

/** The verifier key in what `rumi ledger head` printed, or alone; undefined when there is none. */
export function findKey(text: string): VerifierKey | undefined {
  const words = findHead(text)?.verifier_key ?? text
  for (const word of words.split(/\s+/)) {
    const key = parseVerifierKey(word)
    if (key.ok) return key.value
  }
  return undefined
}

function findHead(text: string): z.infer<typeof headSchema> | undefined {
  if (!text.trimStart().startsWith('{')) return undefined
  try {
    const parsed = jsonSchema.safeParse(JSON.parse(text))
    return parsed.success ? parsed.data : undefined
  } catch {
    return undefined // no JSON: nothing of ours
  }
}
