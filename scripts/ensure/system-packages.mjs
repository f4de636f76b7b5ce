/**
 * How each package manager installs without asking. The first one that is found is used.
 * `python` is the package that brings python3; bubblewrap has the same name everywhere.
 */
const MANAGERS = [
  { name: 'apt-get', install: ['install', '-y', '--no-install-recommends'], refresh: ['update'], python: 'python3' },
  { name: 'dnf', install: ['install', '-y'], refresh: undefined, python: 'python3' },
  { name: 'apk', install: ['add', '--no-cache'], refresh: undefined, python: 'python3' },
  { name: 'pacman', install: ['-S', '--noconfirm', '--needed'], refresh: ['-Sy', '--noconfirm'], python: 'python' },
  { name: 'zypper', install: ['--non-interactive', 'install'], refresh: undefined, python: 'python3' },
]

/**
 * Plans how missing programs get onto the machine.
 *
 * @param {object} machine
 * @param {string[]} machine.missing Some of `bubblewrap`, `python`.
 * @param {(name: string) => unknown} machine.find Answers whether a program is there.
 * @param {boolean} machine.isRoot
 * @param {boolean} machine.maySudo Whether `sudo` works without a password.
 * @returns {{ attempts: string[][][], advice: string }} `attempts` are lists of commands: the next list is for when the
 *   one before failed; there is none when we lack the right to install. `advice` is the one command a person types.
 */
export function planInstallation({ missing, find, isRoot, maySudo }) {
  const manager = MANAGERS.find(({ name }) => find(name))
  if (manager === undefined)
    return { attempts: [], advice: `install ${missing.join(' and ')} with your package manager` }
  const packages = missing.map((name) => (name === 'python' ? manager.python : name))
  const install = [manager.name, ...manager.install, ...packages]
  const refresh = manager.refresh === undefined ? undefined : [manager.name, ...manager.refresh]
  const advice = [refresh, install]
    .filter((command) => command !== undefined)
    .map((command) => [...(isRoot ? [] : ['sudo']), ...command].join(' '))
    .join(' && ')
  if (!isRoot && !maySudo) return { attempts: [], advice }
  const prefix = isRoot ? [] : ['sudo', '-n', 'env', 'DEBIAN_FRONTEND=noninteractive']
  const attempts = [[install], ...(refresh === undefined ? [] : [[refresh, install]])]
  return { attempts: attempts.map((commands) => commands.map((command) => [...prefix, ...command])), advice }
}
