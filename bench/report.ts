import type { Series } from './measure.ts'

/** A line of the table. */
export interface Row {
  readonly name: string
  readonly series: Series
  /** What we reach for, in milliseconds. */
  readonly goal?: number
  readonly goalOf?: 'p50' | 'p99'
  /** `rate`: the line is a load of ten seconds; show calls a second. */
  readonly note?: 'rate'
}

/** What it was measured on. */
export interface MachineDescription {
  readonly processor: string
  readonly cores: number
  readonly memoryGib: number
  readonly node: string
  readonly user: string
  readonly at: string
}

/** The table as Markdown. Ratios are against the cold sandbox of the same run. */
export function formatReport(rows: readonly Row[], machine: MachineDescription): string {
  const cold = rows[0]?.series.p50 ?? Number.NaN
  const lines = rows.map((row) => {
    const { p50, p99, count } = row.series
    const goal = row.goal === undefined ? '' : `${format(row.goal)} ${row.goalOf ?? 'p50'}`
    const reached =
      row.goal === undefined
        ? ''
        : (row.goalOf === 'p99' ? p99 : p50) <= row.goal
          ? 'yes'
          : `no, ${((row.goalOf === 'p99' ? p99 : p50) / row.goal).toFixed(1)} times`
    const calls = row.note === 'rate' ? `${Math.round(count / 10)} calls/s` : String(count)
    return `| ${row.name} | ${format(p50)} | ${format(p99)} | ${(p50 / cold).toFixed(3)} | ${calls} | ${goal} | ${reached} |`
  })
  return `# Benchmarks

Measured on ${machine.at} by \`npm run bench -- --write\`, in one run, as ${machine.user}: ${machine.cores} × ${machine.processor}, ${machine.memoryGib} GiB, Node ${machine.node}.
Times are milliseconds. "of cold" is the median divided by the median of the first line: a new \`bwrap python3\` for every call, measured in the same run.

| what | p50 | p99 | of cold | calls | reach for | reached |
| --- | ---: | ---: | ---: | ---: | ---: | --- |
${lines.join('\n')}

## Where the time goes

- **Every block** waits for two durable transactions, one with its intent and one with its outcome, each a disk flush of
  0.15–0.3 ms here. A warm call is little more than these; it misses its goal when the disk is slower than that.
- **A fresh Node block** takes a process that was started ahead and is used once. Back to back, calls wait for the next
  process: 40–60 ms of processor time each, on ${machine.cores} processors. A TypeScript block also pays 3–4 ms for stripping its types.
- **A flow's steps** run one after the other: 40 fresh Python steps are 40 cloned processes.
- **A capability call** from a block is a question over the channel and its answer; a read waits for no disk, a change for
  one flush, which is most of its time. A request to the network waits for the flush of its record as well: that, and not
  the way through the gate, is what it costs more than the same request from outside.
- **The ledger** adds one row for each leaf and one for each subtree that it completes, so an append does not grow; to
  verify all of it is to read and hash every entry.
- **A state commit** looks at every file of every layer without following a link, which takes a few system calls a file and
  more for each folder; only what changed is read, hashed and kept. That many folders of one file each are the worst case.
- **A search** asks an index. The files are looked at when something changed through the system, and at most every five
  seconds otherwise; that look is in the 99th percentile.
- **The boot** is measured last, on the home of this run: a store of a million keys and tens of thousands of entries.
`
}

function format(ms: number): string {
  return ms < 1 ? ms.toFixed(4) : ms.toFixed(2)
}
