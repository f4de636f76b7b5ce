/**
 * The cycles of a graph of imports, each reported once at the import that closes it.
 *
 * @param {Map<string, { to: string, line: number }[]>} graph Imports by file.
 * @returns {{ file: string, line: number, path: string[] }[]} `path` begins and ends with the same file.
 */
export function findCycles(graph) {
  const cycles = []
  const done = new Set()
  const trail = []
  const visit = (file) => {
    trail.push(file)
    for (const { to, line } of graph.get(file) ?? []) {
      const start = trail.indexOf(to)
      if (start !== -1) cycles.push({ file, line, path: [...trail.slice(start), to] })
      else if (!done.has(to)) visit(to)
    }
    trail.pop()
    done.add(file)
  }
  for (const file of graph.keys()) if (!done.has(file)) visit(file)
  return cycles
}
