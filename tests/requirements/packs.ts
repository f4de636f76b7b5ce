import type { Requirement } from './requirement.ts'

const discover = 'packages/drivers/src/pack/discover.test.ts'
const readTree = 'packages/drivers/src/pack/read-tree.test.ts'
const treeStore = 'packages/drivers/src/pack/tree-store.test.ts'
const packId = 'packages/kernel/src/pack/pack-id.test.ts'
const manifest = 'packages/kernel/src/pack/manifest.test.ts'
const catalog = 'packages/kernel/src/pack/catalog.test.ts'
const decide = 'packages/kernel/src/pack/decide.test.ts'
const library = 'packages/app/src/library/pack-library.test.ts'
const resolver = 'packages/app/src/library/block-resolver.test.ts'
const scenario = 'tests/scenarios/http.test.ts'

/** Promises about packs and their approval. */
export const packRequirements: readonly Requirement[] = [
  {
    id: 'PACK-1',
    promise:
      'A pack is a folder below ecosystem with an ecosystem.json in it or in a folder directly below, such as backend.',
    source: 'pack-development §Smallest pack',
    proof: `${discover} › finds the manifest in the directory or in its first child, and the first place wins`,
  },
  {
    id: 'PACK-2',
    promise: 'Packs below ecosystem/packs are found as well, and lose with a word about it against one of the same id.',
    source: 'pack-development §Smallest pack; roadmap §5.9 #15',
    proof: `${discover} › finds the manifest in the directory or in its first child, and the first place wins`,
  },
  {
    id: 'PACK-3',
    promise:
      'The id of a pack is the name of its folder: 1–64 letters, digits, underscores and hyphens, unique in any case.',
    source: 'roadmap §5.8 #9; pack-development §ecosystem.json',
    proof: [
      `${packId} › accepts %s`,
      `${packId} › refuses %j as %s`,
      `${packId} › lets only the alphabetically first of two names that differ by case be a pack`,
      `${manifest} › lets the directory name count when the document disagrees`,
    ],
  },
  {
    id: 'PACK-4',
    promise: 'No pack is trusted for its name: names that sound like parts of the system are refused.',
    source: 'threat model §Approval',
    proof: [
      `${packId} › refuses %j as %s`,
      `${catalog} › refuses as %s (case %#)`,
      `${discover} › refuses links, reserved names, bad names and names that differ by case`,
    ],
  },
  {
    id: 'PACK-5',
    promise: 'ecosystem.json is read as documented: two fields are required, all others may be left out.',
    source: 'pack-development §ecosystem.json',
    proof: [`${manifest} › reads the documented minimal manifest`, `${manifest} › reads every documented field`],
  },
  {
    id: 'PACK-6',
    promise: 'Unknown keys of ecosystem.json are kept, and each is warned about.',
    source: 'STYLE §Boundaries: schema first',
    proof: `${manifest} › keeps unknown keys in the raw document, warns of each, and of many in one line`,
  },
  {
    id: 'PACK-7',
    promise: 'A wrong ecosystem.json makes the pack an error, and every wrong field is named.',
    source: 'PACKS §ecosystem.json',
    proof: [
      `${manifest} › reports every wrong field with the path of its key, and then there is no manifest`,
      `${catalog} › is %s (case %#)`,
    ],
  },
  {
    id: 'PACK-8',
    promise: 'One broken pack never hides another.',
    source: 'roadmap §1.3',
    proof: `${discover} › never lets one broken pack hide another`,
  },
  {
    id: 'PACK-9',
    promise:
      'A pack is installed, pending, approved, running, modified, blocked or in error, and only two of these may run.',
    source: 'OPERATIONS §Approval',
    proof: [
      `${catalog} › is %s (case %#)`,
      `${catalog} › allows exactly what is shown as approved or running`,
      `${library} › go from installed to pending to approved to blocked, each on the ledger with what it was about`,
      'tests/http/runs.test.ts › the health check answers, one run too many is told to wait, and a cancelled run makes room again',
    ],
  },
  {
    id: 'PACK-10',
    promise: 'Nothing of a pack runs that nobody approved; a scan approves nothing.',
    source: 'original README §Security; threat model APR-01',
    proof: [
      `${scenario} › finds a new pack as installed, and nothing of it runs`,
      `${scenario} › scans it, which approves nothing: a run is refused and nothing is executed`,
      `${decide} › only ever lets bytes run that an approval named, and stays a record that can be kept`,
      `${resolver} › is no for a pack that %s, and says nothing about its files`,
    ],
  },
  {
    id: 'PACK-11',
    promise:
      'After a change of its files no block of a pack runs and no flow of it can be asked for, at once and without a scan.',
    source: 'original README §Security; operations §Pack approval',
    proof: [
      `${scenario} › runs nothing of a pack that was edited after its approval`,
      `${library} › it may not when its folder has changed, which the ledger tells once, and may when it is as it was`,
      `${resolver} › is no for a pack that %s, and says nothing about its files`,
      'packages/drivers/src/pack/fingerprint.test.ts › notices %s',
    ],
  },
  {
    id: 'PACK-12',
    promise: 'Approving a changed pack again lets its new files run at once, without a restart.',
    source: 'operations §Pack approval',
    proof: `${scenario} › approves with no body at all, as the guide shows it, and the new files run without a restart`,
  },
  {
    id: 'PACK-13',
    promise: 'An approval may name the hash that was reviewed, and is refused when the folder holds anything else.',
    source: 'OPERATIONS §Approval; threat model APR-07',
    proof: [
      'tests/http/contract.test.ts › is shown with the hash of these very files, which approves them and nothing else',
      `${scenario} › cannot approve the edited files by the hash of the old ones`,
      `${decide} › refuses %s`,
    ],
  },
  {
    id: 'PACK-14',
    promise: 'Every file and folder counts for the hash: hidden ones, empty ones and caches too.',
    source: 'protocols/tree-hash',
    proof: [
      `${readTree} › lists every entry, hidden and empty ones and caches included`,
      'packages/kernel/src/pack/file-tree.test.ts › tells apart %s',
      'packages/kernel/src/pack/file-tree.test.ts › is equal for equal trees only, in whatever order the entries come',
      'packages/kernel/src/pack/file-tree.test.ts › is what the vector says: $name',
    ],
  },
  {
    id: 'PACK-15',
    promise: 'Links, hard links, pipes, sockets, devices and names that deceive are refused, all of them by name.',
    source: 'PACKS §Layout; threat model §Approval',
    proof: [
      `${readTree} › refuses everything that is not a plain file or directory, and says all of it`,
      `${readTree} › refuses a socket without connecting to it`,
      'packages/kernel/src/pack/entry-name.test.ts › refuses %j as %s',
      'packages/kernel/src/pack/check-tree.test.ts › refuses %s',
    ],
  },
  {
    id: 'PACK-16',
    promise: 'What runs is a stored copy under the hash of its content, and never the folder.',
    source: 'threat model I1',
    proof: [
      `${treeStore} › stores a folder under the hash of its content, readable and unwritable for everyone`,
      `${treeStore} › does not notice what happens to the folder afterwards`,
      `${resolver} › is answered with exactly the approved bytes and how to run them`,
    ],
  },
  {
    id: 'PACK-17',
    promise: 'Files that are changed or exchanged while they are read are noticed, and nothing of them is stored.',
    source: 'threat model §Approval',
    proof: [
      `${readTree} › refuses a folder whose file %s while it is read`,
      `${readTree} › never follows a link that takes the place of a directory it has listed`,
      `${treeStore} › never stores bytes under a hash that is not theirs, however a racer writes`,
    ],
  },
  {
    id: 'PACK-18',
    promise: 'A stored copy that is damaged does not run until it is whole again.',
    source: 'threat model §Approval',
    proof: [
      `${treeStore} › with %s is noticed, never replaced, and can be removed`,
      `${library} › that is damaged (%s) does not run until it is whole again`,
    ],
  },
  {
    id: 'PACK-19',
    promise: 'Rejecting a pack with a reason blocks it at once and ends what runs of it; approving takes that back.',
    source: 'operations §Pack approval',
    proof: [
      `${scenario} › rejects the pack, which blocks it at once, and takes that back by approving`,
      'tests/http/runs.test.ts › a pack that is rejected loses its blocks at once',
      `${decide} › blocks at once and forgets what was approved`,
    ],
  },
  {
    id: 'PACK-20',
    promise: 'Removing a pack forgets every decision about it and leaves its folder.',
    source: 'operations §HTTP API',
    proof: `${library} › go from installed to pending to approved to blocked, each on the ledger with what it was about`,
  },
  {
    id: 'PACK-21',
    promise:
      'A pack never chooses its own sandbox: the wish is ignored with a warning, and its isolation is what was approved.',
    source: 'PACKS §ecosystem.json; threat model APR-11',
    proof: [
      `${manifest} › never lets a pack choose how it is confined`,
      `${library} › is isolated as its approved bytes say, whatever the folder says now`,
    ],
  },
  {
    id: 'PACK-22',
    promise: 'A review shows every file, and what was added, removed or changed since the last approval.',
    source: 'OPERATIONS §Approval',
    proof: `${library} › shows file by file what has changed since the last one`,
  },
  {
    id: 'PACK-23',
    promise: 'An approval that is withdrawn before a block begins keeps it from running, at the last moment too.',
    source: 'threat model §Against the kernel and other packs',
    proof: [
      'packages/kernel/src/run/runner.test.ts › does not happen when the approval is withdrawn while the intent is written',
      'packages/kernel/src/run/runner.test.ts › does not happen when the approval is withdrawn while the sandbox tests itself',
      `${resolver} › does not stand any more after %s`,
    ],
  },
  {
    id: 'PACK-24',
    promise: 'Decisions about packs outlive a restart.',
    source: 'operations §Pack approval',
    proof: [
      `${scenario} › keeps approvals, runs and the ledger, and shows that the system started again`,
      `${library} › count from the moment they are durable, and for every library that is opened later`,
    ],
  },
  {
    id: 'PACK-25',
    promise: 'A folder that was only touched stays approved.',
    source: 'OPERATIONS §Approval',
    proof: [
      `${library} › it may when its folder was only touched: it is read again`,
      `${decide} › takes a new fingerprint over and adds nothing to the history when the content is the same`,
    ],
  },
]
