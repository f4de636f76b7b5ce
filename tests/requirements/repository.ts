import type { Requirement } from './requirement.ts'

const layers = 'tests/architecture/check-layers.test.ts'
const gate = 'tests/architecture/gate.test.ts'
const launcher = 'tests/architecture/launcher.test.ts'
const repository = 'tests/architecture/repository.test.ts'

/** Promises about the checkout, its two commands and its shape. */
export const repositoryRequirements: readonly Requirement[] = [
  {
    id: 'ARCH-1',
    promise: 'Every source file belongs to a row of the architecture and imports only what its row may.',
    source: 'ARCHITECTURE §Packages',
    proof: [`${layers} › refuses %s`, `${layers} › passes a tree that keeps every rule`],
  },
  {
    id: 'ARCH-2',
    promise: 'The check of the architecture fails when it has nothing to check.',
    source: 'ARCHITECTURE §Packages',
    proof: `${layers} › fails when it finds no source at all`,
  },
  {
    id: 'ARCH-3',
    promise: 'No import cycle joins files of the system.',
    source: 'ARCHITECTURE §Packages',
    proof: `${layers} › reports a cycle of several files once, at the import that closes it`,
  },
  {
    id: 'GATE-1',
    promise: 'A security test that does not run fails the gate.',
    source: 'STYLE §Tests',
    proof: `${gate} › names every skipped test and says which of them are security tests`,
  },
  {
    id: 'SETUP-1',
    promise: 'A user who may not install programs is told the one command to type.',
    source: 'README §Start',
    proof: `${gate} › tells a user with %s the one command to type`,
  },
  {
    id: 'REPO-1',
    promise: 'Both READMEs name the same two commands for a fresh checkout: npm start and npm test.',
    source: 'README §Start',
    proof: `${repository} › is started and tested by the two commands of its %s`,
  },
  {
    id: 'REPO-2',
    promise: 'A machine that checks a fresh checkout runs exactly the test command of the README.',
    source: 'CONTRIBUTING §Set up',
    proof: `${repository} › is checked on a fresh checkout by exactly that test command`,
  },
  {
    id: 'REPO-3',
    promise:
      'Node 20 is enough to begin; Node 24 comes with the packages, and no other package may run an install script.',
    source: 'README §Start, decision 0001',
    proof: `${repository} › asks for Node 20, brings Node 24 along, and lets only that package run a script when it is installed`,
  },
  {
    id: 'REPO-4',
    promise:
      'The launcher runs the command line on that Node from anywhere, also through a link, or says what to type.',
    source: 'OPERATIONS §Start and stop',
    proof: [
      `${launcher} › runs the command line on the Node of the repository with the arguments as they are`,
      `${launcher} › finds the repository through relative and absolute symbolic links`,
      `${launcher} › says what to do when %s`,
    ],
  },
  {
    id: 'REPO-5',
    promise: 'Packages are installed when they are missing, incomplete or outdated, and otherwise not touched.',
    source: 'README §Start',
    proof: `${gate} › %s`,
  },
  {
    id: 'REPO-6',
    promise:
      'Missing programs of the system are installed by its package manager where that asks nobody for a password.',
    source: 'README §Start',
    proof: [
      `${gate} › tries as root to install, and again after refreshing the lists`,
      `${gate} › uses sudo only where it asks no password`,
    ],
  },
  {
    id: 'REPO-7',
    promise: 'A system that starts says its address, how to get the token and the commands to type next.',
    source: 'README §Start',
    proof: 'tests/scenarios/commands.test.ts › says where it is, how to get the token and what to type next',
  },
  {
    id: 'REPO-8',
    promise: 'A new home can be made with a tutorial pack in it, which nothing runs of before it is approved.',
    source: 'README §Five minutes',
    proof: 'tests/scenarios/cli.test.ts › takes an operator from an empty folder to a verified ledger',
  },
  {
    id: 'REPO-9',
    promise: 'The project may be used under the MIT licence.',
    source: 'README §Licence',
    proof: `${repository} › is free software`,
  },
  {
    id: 'REPO-10',
    promise: 'The documents are there, link to nothing that is missing, and name no source file that is not there.',
    source: 'README §Documents',
    proof: [
      `${repository} › are there`,
      `${repository} › link to nothing that is not there: %s`,
      `${repository} › name no file of the sources that is not there: %s`,
    ],
  },
  {
    id: 'REPO-11',
    promise: 'A word for what packs are about, such as chat or tool, in the source of the kernel fails the gate.',
    source: 'original README §No favoritism; roadmap §1.1',
    proof: [`${layers} › refuses %s`, `${layers} › does not mistake %s for a violation`],
  },
  {
    id: 'REPO-12',
    promise: 'The kernel cannot reach a file, a socket, a process or the clock but through what it is handed.',
    source: 'ARCHITECTURE §Picture',
    proof: [
      `${layers} › refuses %s`,
      `${layers} › finds what follows comments, strings, templates and regular expressions`,
    ],
  },
]
