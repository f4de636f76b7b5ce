/** The schema, step by step. A step that has been released never changes; a change is a new step at the end. */
export const migrations: readonly string[] = [
  `
  CREATE TABLE setting (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
  ) STRICT;

  CREATE TABLE pack (
    pack_id TEXT PRIMARY KEY,
    record TEXT NOT NULL
  ) STRICT;

  CREATE TABLE run (
    run_id TEXT PRIMARY KEY,
    open INTEGER NOT NULL,
    record TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX run_open ON run (open) WHERE open = 1;

  CREATE TABLE run_step (
    run_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    record TEXT NOT NULL,
    PRIMARY KEY (run_id, seq)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE ledger_entry (
    seq INTEGER PRIMARY KEY,
    entry TEXT NOT NULL
  ) STRICT;

  CREATE TABLE ledger_node (
    place INTEGER PRIMARY KEY,
    hash BLOB NOT NULL
  ) STRICT;

  CREATE TABLE ledger_checkpoint (
    size INTEGER PRIMARY KEY,
    note TEXT NOT NULL
  ) STRICT;
  `,
  `
  CREATE TABLE document (
    collection TEXT NOT NULL,
    id TEXT NOT NULL,
    record TEXT NOT NULL,
    PRIMARY KEY (collection, id)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE store_entry (
    store_id TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX store_entry_key ON store_entry (store_id, key);

  CREATE TABLE store_usage (
    store_id TEXT PRIMARY KEY,
    keys INTEGER NOT NULL,
    bytes INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
  `
  CREATE TABLE blob (
    hash TEXT PRIMARY KEY,
    bytes BLOB NOT NULL
  ) STRICT;

  CREATE INDEX ledger_entry_kind ON ledger_entry (json_extract(entry, '$.kind'), seq);
  `,
]
