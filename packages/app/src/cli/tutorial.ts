import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const TUTORIAL = 'hello'

/**
 * Puts the tutorial pack into `ecosystem/` and gives its path, or undefined when something of that name is there: what
 * somebody wrote is never overwritten. Everybody may read it, whatever the umask says, because blocks run as other users.
 */
export function addTutorialPack(ecosystem: string): string | undefined {
  const target = join(ecosystem, TUTORIAL)
  if (existsSync(target)) return undefined
  // Beside its place, in a folder that is never taken for a pack: the pack appears whole or not at all.
  const draft = mkdtempSync(join(ecosystem, `.${TUTORIAL}-`))
  try {
    copyFolder(fileURLToPath(new URL('../../../../packs/hello', import.meta.url)), draft)
    renameSync(draft, target)
    return target
  } catch (error) {
    rmSync(draft, { recursive: true, force: true })
    throw error
  }
}

function copyFolder(from: string, to: string): void {
  mkdirSync(to, { recursive: true })
  chmodSync(to, 0o755)
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)]
    if (entry.isDirectory()) copyFolder(source, target)
    else if (entry.isFile()) {
      copyFileSync(source, target)
      chmodSync(target, 0o644)
    }
  }
}
