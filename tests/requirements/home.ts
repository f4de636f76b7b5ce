import type { Requirement } from './requirement.ts'

const home = 'packages/drivers/src/system/home.test.ts'
const files = 'packages/drivers/src/system/safe-files.test.ts'
const settings = 'packages/app/src/config/settings.test.ts'
const start = 'tests/crash/start.test.ts'

/** Promises about the folder of an installation, its keys and its settings. */
export const homeRequirements: readonly Requirement[] = [
  {
    id: 'HOME-1',
    promise: 'A home that is not there is made, with folders and keys that are its owner’s alone.',
    source: 'OPERATIONS §Home',
    proof: `${home} › that is not there is made, with keys that are its owner’s alone`,
  },
  {
    id: 'HOME-2',
    promise: 'The home is the one that --home names, else the one of RUMI_HOME.',
    source: 'OPERATIONS §Environment',
    proof: [
      `${settings} › are those of the environment`,
      `${settings} › give way to flags`,
      'tests/scenarios/commands.test.ts › finds the home that --home names before the one of RUMI_HOME',
    ],
  },
  {
    id: 'HOME-3',
    promise: 'A home with a folder that others may write to is refused, with the chmod to type.',
    source: 'OPERATIONS §Home; threat model §Ledger and disk',
    proof: `${home} › whose folder %s others may write to (%o) is refused, with what to type`,
  },
  {
    id: 'HOME-4',
    promise: 'A home whose keys others may read is refused, with the chmod to type.',
    source: 'OPERATIONS §Home; threat model §Ledger and disk',
    proof: [
      `${home} › whose keys’ folder others may enter (%o) is refused`,
      `${home} › whose %s others may read is refused`,
    ],
  },
  {
    id: 'HOME-5',
    promise: 'A link in the place of a folder or a key of the home is refused, wherever it leads.',
    source: 'threat model §Ledger and disk',
    proof: [
      `${home} › STO-14: whose %s is a link is refused, wherever it leads`,
      `${home} › whose %s is no file of its own is refused`,
    ],
  },
  {
    id: 'HOME-6',
    promise: 'A second process on the same home is refused, and may have it once the first is gone, however it went.',
    source: 'OPERATIONS §Home',
    proof: [
      `${start} › is refused while another kernel has the home, and works once that is gone, however it went`,
      'packages/drivers/src/sql/state-store.test.ts › belongs to one process',
      'tests/scenarios/cli.test.ts › takes an operator from an empty folder to a verified ledger',
    ],
  },
  {
    id: 'HOME-7',
    promise: 'A used home that lost its keys or its database is refused and left as it is: a loss is no fresh start.',
    source: 'threat model I5',
    proof: [
      `${start} › of a used home %s is refused and changes nothing`,
      `${home} › STO-09: that are missing from a used home are never made anew: %s %s`,
      `${home} › STO-10: that were cut short authenticate nobody: %s, %d bytes`,
    ],
  },
  {
    id: 'HOME-8',
    promise: 'A key file is written whole or not at all, readable by its owner only.',
    source: 'roadmap §5.8 #34',
    proof: [
      `${files} › makes a file only its owner can read, and leaves nothing else behind`,
      `${files} › replaces content and mode as a whole`,
      `${files} › leaves the old file and no temporary one when it fails`,
      `${home} › are the same for all processes that start in a new home at once`,
    ],
  },
  {
    id: 'HOME-9',
    promise: 'The token and the ledger key stay the same from start to start and differ between homes.',
    source: 'OPERATIONS §Home',
    proof: [`${home} › stay the same from start to start`, `${home} › are others in every home`],
  },
  {
    id: 'HOME-10',
    promise: 'A home OPS-07: of a newer version is refused and left as it is.',
    source: 'OPERATIONS §Back up, restore, move',
    proof: [
      'packages/drivers/src/sql/state-store.test.ts › OPS-07: of a newer version is refused and left as it is',
      `${start} › of a used home %s is refused and changes nothing`,
    ],
  },
  {
    id: 'HOME-11',
    promise: 'A setting that cannot be understood stops the start and is named; it never comes to mean the default.',
    source: 'OPERATIONS §Environment',
    proof: [
      `${settings} › stop the start when %s is %j: it must not come to mean the default`,
      `${settings} › name every variable that is wrong at once`,
    ],
  },
  {
    id: 'HOME-12',
    promise: 'Strict is the mode unless permissive is asked for by its flag or by RUMI_SECURITY_MODE.',
    source: 'operations §Security modes',
    proof: [
      `${settings} › are safe when nobody says anything`,
      `${settings} › are those of the environment`,
      `${settings} › give way to flags`,
    ],
  },
  {
    id: 'HOME-13',
    promise: 'An unreadable decision about a pack stops the start: it does not turn into no decision.',
    source: 'threat model I5',
    proof: [
      `${start} › with an unreadable decision about a pack is refused: it is not a pack that nobody decided about`,
      'packages/drivers/src/sql/state-store.test.ts › with a decision about a pack that is %s throws: it is not a pack that nobody decided about',
    ],
  },
]
