/** What interprets a block's file. */
export type BlockRuntime = 'python' | 'node'

const runtimeByExtension: ReadonlyMap<string, BlockRuntime> = new Map([
  ['.py', 'python'],
  ['.ts', 'node'],
  ['.mts', 'node'],
  ['.js', 'node'],
  ['.mjs', 'node'],
])

/** The endings a block's file may have. */
export const blockExtensions: readonly string[] = [...runtimeByExtension.keys()]

/** The runtime for a block's file, by its ending; undefined for any other ending. */
export function findRuntime(file: string): BlockRuntime | undefined {
  const dot = file.lastIndexOf('.')
  return dot < 0 ? undefined : runtimeByExtension.get(file.slice(dot))
}

/**
 * Finds a block's file in the approved tree: under the pack's folder first as written below `blocks/`, then as written.
 * (pack-development §ブロック; `components/comp1/blocks/foo.py` is named in full.)
 *
 * @param file - As the step names it, relative to the pack.
 * @param subdir - The folder that holds `ecosystem.json`: empty, or `backend`.
 * @param paths - Every file of the approved tree. Nothing else can be found, whatever `file` says.
 */
export function findBlockFile(file: string, subdir: string, paths: ReadonlySet<string>): string | undefined {
  const inside = subdir === '' ? '' : `${subdir}/`
  const candidates = [
    `${inside}blocks/${file}`,
    `${inside}backend/blocks/${file}`,
    `${inside}backend/components/${file}`,
    `${inside}backend/${file}`,
    `${inside}${file}`,
  ]
  return candidates.find((candidate) => paths.has(candidate))
}
