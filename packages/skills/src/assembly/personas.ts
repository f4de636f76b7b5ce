/** Bounds of a document of personas and of one of them. */
const limits = { characters: 256 * 1024, personas: 200, personaCharacters: 8000 } as const

/**
 * Reads the points of view that a document defines: each is the text below a heading of the third level, which is its
 * name in lower case, up to the next heading of that level or above. Lines in a fence are no headings. The first of a
 * repeated name counts; what is beyond the bounds is left out.
 *
 * @example readPersonas('### skeptic\nHow do we know?').get('skeptic') === 'How do we know?'
 */
export function readPersonas(markdown: string): ReadonlyMap<string, string> {
  const personas = new Map<string, string>()
  let name: string | undefined
  let body: string[] = []
  let fence: string | undefined
  const finish = (): void => {
    const text = body.join('\n').trim().slice(0, limits.personaCharacters)
    if (name !== undefined && text !== '' && !personas.has(name) && personas.size < limits.personas)
      personas.set(name, text)
    body = []
  }
  for (const written of markdown.slice(0, limits.characters).split('\n')) {
    const line = written.endsWith('\r') ? written.slice(0, -1) : written
    const mark = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1]
    if (fence === undefined) fence = mark
    else if (mark !== undefined && mark.startsWith(fence)) fence = undefined
    const level = fence === undefined && mark === undefined ? /^(#{1,3}) /.exec(line)?.[1]?.length : undefined
    if (level === undefined) {
      body.push(line)
      continue
    }
    finish()
    name = level === 3 ? readName(line) : undefined
  }
  finish()
  return personas
}

/** A name is one word, so that it can be given on a command line. */
function readName(line: string): string | undefined {
  const name = line.slice('### '.length).trim().toLowerCase()
  return /^[a-z][a-z0-9_-]{0,63}$/.test(name) ? name : undefined
}
