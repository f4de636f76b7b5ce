/** `npm run bench -- [options]`: measures the system with `bench/main.ts`. */
import { join } from 'node:path'
import { ensureBubblewrap, ensureInstalled, node24, root, runInForeground } from './ensure.mjs'

ensureInstalled()
ensureBubblewrap()
const bench = [node24, '--disable-warning=ExperimentalWarning', join(root, 'bench/main.ts')]
process.exitCode = await runInForeground([...bench, ...process.argv.slice(2)])
