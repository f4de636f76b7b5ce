import { spawnSync } from 'node:child_process'

/** Beside each source lies what another one was compiled to, marked as never to be compared with it. */
const script = `
import os, py_compile, sys
os.umask(0o022)
tree = sys.argv[1]
def write(name, text):
    with open(os.path.join(tree, name), "w") as file:
        file.write(text)
    return os.path.join(tree, name)
unchecked = py_compile.PycInvalidationMode.UNCHECKED_HASH
for name, text in (("victim.py", 'run = lambda _: "compiled"'), ("part.py", 'value = "compiled"')):
    py_compile.compile(write(name, text), invalidation_mode=unchecked)
py_compile.compile(os.path.join(tree, "part.py"), cfile=os.path.join(tree, "bare.pyc"))
write("part.py", 'value = "source"')
write("victim.py", 'from part import value\\nrun = lambda _: "source and " + value')
write("bare_import.py", "import bare\\nrun = lambda _: bare.value")
`

/**
 * Fills a folder with `victim.py`, which imports `part.py`, and `bare_import.py`, which imports a compiled file that has
 * no source. What they answer tells which of the texts was run.
 */
export function writeCompiledTrap(tree: string): void {
  const done = spawnSync('/usr/bin/python3', ['-IS', '-c', script, tree], { encoding: 'utf8' })
  if (done.status !== 0) throw new Error(done.stderr)
}
