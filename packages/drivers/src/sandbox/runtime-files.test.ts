import { statSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { findNodeFiles, findPythonFiles } from './runtime-files.ts'

describe('what an interpreter needs', () => {
  it('is, for Python, itself, its libraries and those of its extensions, and its own library', async () => {
    const found = await findPythonFiles('/usr/bin/python3')
    expect(found.version).toMatch(/^3\.\d+\.\d+$/)
    expect(found.files[0]).toEqual({ from: found.executable, to: found.executable })
    const paths = found.files.map((file) => file.to)
    expect(paths).toEqual(
      expect.arrayContaining([expect.stringMatching(/libc\.so/), expect.stringMatching(/ld-linux/)]),
    )
    expect(paths).toEqual(expect.arrayContaining([expect.stringMatching(/libsqlite3|libffi/)]))
    expect(found.folders).toEqual([{ from: expect.stringMatching(/python3\.\d+$/), to: expect.any(String) }])
    for (const file of found.files) expect(statSync(file.from).isFile()).toBe(true)
  })

  it('is, for Node, itself under a name of ours, its libraries and a shell', async () => {
    const found = await findNodeFiles(process.execPath)
    expect(found).toMatchObject({ runtime: 'node', executable: '/usr/bin/node', version: process.version, folders: [] })
    const targets = found.files.map((file) => file.to)
    expect(targets).toEqual(expect.arrayContaining(['/usr/bin/node', '/bin/sh', expect.stringMatching(/libc\.so/)]))
    expect(new Set(targets).size).toBe(targets.length)
  })

  it('is not to be had of something else', async () => {
    await expect(findPythonFiles('/bin/true')).rejects.toThrow()
    await expect(findPythonFiles('/nothing/here')).rejects.toThrow(/ENOENT/)
    await expect(findNodeFiles('/nothing/here')).rejects.toThrow(/ENOENT/)
  })
})
