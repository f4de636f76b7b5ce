import type { Requirement } from './requirement.ts'

const vault = 'packages/drivers/src/secret/file-secret-vault.test.ts'
const key = 'packages/drivers/src/secret/master-key.test.ts'
const http = 'tests/http/secrets.test.ts'

/** Promises about the secrets of a home. */
export const secretRequirements: readonly Requirement[] = [
  {
    id: 'SEC-1',
    promise: 'A secret is set, listed without its value, deleted with a trace, and never given out again by the API.',
    source: 'operations §Secrets',
    proof: `${http} › are set, listed without their values, deleted and set again`,
  },
  {
    id: 'SEC-2',
    promise: 'A value is nowhere in the home but sealed, and in no answer, whatever was asked.',
    source: 'operations §Secrets (AUD-09)',
    proof: [
      `${http} › are nowhere in the home but sealed, whatever was asked (AUD-09)`,
      `${http} › are not set by %s, and the answer repeats nothing of it`,
    ],
  },
  {
    id: 'SEC-3',
    promise: 'A secret’s file that was changed, exchanged, cut short or put back from an older copy gives nothing out.',
    source: 'threat model I5',
    proof: [
      `${vault} › %s in its place gives nothing out, also after a start, and is mended by setting or deleting`,
      `${vault} › in any one bit gives no other text out`,
    ],
  },
  {
    id: 'SEC-4',
    promise: 'A change of a secret that was cut off is there whole with its entry on the ledger, or not at all.',
    source: 'threat model I4',
    proof: [
      `${vault} › after the file and before the ledger is recorded at the next start`,
      `${vault} › before the file is renamed changes nothing, and its remains are removed`,
      `${key} › that is cut short anywhere leaves every secret readable, says so, and is finished by the next one`,
    ],
  },
  {
    id: 'SEC-5',
    promise:
      'A lost key of the secrets is not made anew: the system starts, says which key is wanted and gives nothing out.',
    source: 'threat model I5',
    proof: [
      `${key} › that is lost is not made anew: the vault opens, gives nothing out, takes nothing new and says which key it wants`,
      `${http} › whose key is lost do not stop the start: list and doctor tell, and nothing new is taken`,
    ],
  },
  {
    id: 'SEC-6',
    promise: 'The server’s memory goes to no core file.',
    source: 'threat model A2',
    proof: `${http} › does so as a server, whatever limit it was started with`,
  },
]
