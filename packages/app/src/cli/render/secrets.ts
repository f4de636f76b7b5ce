import type { SecretsView } from '../gate-views.ts'
import { escapeLine } from './escape.ts'
import { formatInstant } from './fields.ts'
import type { Style } from './packs.ts'
import { renderTable } from './table.ts'

/** Secrets by name and date, a line each; of those that cannot be given out, why. */
export function renderSecrets({ keys, problems }: SecretsView, { messages, terminal }: Style): string {
  const { table, gate } = messages
  const { palette } = terminal
  const faults = new Map(problems.map(({ key, reason }) => [key, reason]))
  return renderTable({
    head: [gate.table.secret, table.status, gate.table.created, gate.table.updated],
    headStyle: palette.dim,
    width: terminal.width,
    rows: keys.map((secret) => {
      const fault = faults.get(secret.key)
      const status =
        fault === undefined
          ? {
              text: secret.deleted ? gate.status.deleted : gate.status.present,
              style: secret.deleted ? palette.dim : palette.green,
            }
          : { text: escapeLine(fault), style: palette.red }
      return [
        { text: escapeLine(secret.key), style: palette.bold },
        status,
        escapeLine(formatInstant(secret.created_at)),
        escapeLine(formatInstant(secret.updated_at)),
      ]
    }),
  })
}
