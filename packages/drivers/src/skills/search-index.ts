import type { DatabaseSync, StatementSync } from 'node:sqlite'
import {
  findExcerpt,
  type QueryTerm,
  type SearchEntry,
  type SearchHit,
  type SearchIndex,
  type SearchOptions,
} from '@rumi/skills/search'
import { isDamage, openProjection, remakeProjection, transact, type ProjectionForm } from './projection-database.ts'
import { matchExpression, searchedText, shownText } from './search-text.ts'

/**
 * Words are put as they come from `segmentWords`, one space between them. Of the tokenizers only `ascii` takes every
 * character beyond ASCII for a part of a word, and so leaves them as they are. FTS5 keeps no copy of the texts.
 */
const form: ProjectionForm = {
  version: 1,
  tables: `
    CREATE TABLE entries (
      id INTEGER PRIMARY KEY,
      key TEXT NOT NULL UNIQUE,
      layer TEXT NOT NULL,
      stamp TEXT NOT NULL
    ) STRICT;
    CREATE TABLE bodies (id INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;
    CREATE VIRTUAL TABLE words USING fts5(
      title, tags, body, tokenize = 'ascii', content = '', contentless_delete = 1
    );
  `,
}

/** A hit in the title (40) counts most, then one in the tags (10), also in a text much longer than the others. */
const findHits = `
  SELECT entries.id, entries.key, -bm25(words, 40, 10, 1) AS score
  FROM words JOIN entries ON entries.id = words.rowid
  WHERE words MATCH ? AND entries.layer IN (?, ?, ?)
  ORDER BY score DESC, entries.key LIMIT ?
`

const allLayers = ['L0', 'L1', 'L2'] as const

/**
 * A search index in a database of its own, which can be deleted at any time and is then empty. One that cannot be read,
 * or is of another version, is made anew when it is opened. Should the file turn out to be damaged later, the method that
 * finds it so throws, and the index is empty afterwards.
 *
 * Throws `ProjectionRefusal`.
 *
 * @param path - Below a folder that nobody else can write to.
 */
export function openSearchIndex(path: string): SearchIndex {
  return new SqliteSearchIndex(path)
}

type Statements = ReturnType<typeof prepareStatements>

class SqliteSearchIndex implements SearchIndex {
  readonly #path: string
  #database: DatabaseSync
  #statements: Statements

  constructor(path: string) {
    this.#path = path
    this.#database = openProjection(path, form)
    this.#statements = prepareStatements(this.#database)
  }

  isCurrent(key: string, stamp: string): boolean {
    return this.#run(({ find }) => find.get(key)?.['stamp'] === stamp)
  }

  put(entries: readonly SearchEntry[]): void {
    this.#run((statements) => transact(this.#database, () => entries.forEach((entry) => putEntry(statements, entry))))
  }

  remove(keys: readonly string[]): void {
    this.#run((statements) => transact(this.#database, () => keys.forEach((key) => removeEntry(statements, key))))
  }

  keys(): ReadonlyMap<string, string> {
    return this.#run(({ all }) => new Map(all.all().map((row) => [String(row['key']), String(row['stamp'])])))
  }

  query(query: readonly QueryTerm[], options: SearchOptions): readonly SearchHit[] {
    if (query.length === 0) return []
    const layers: readonly string[] = options.layers ?? allLayers
    const [first, second, third] = allLayers.map((layer) => (layers.includes(layer) ? layer : null))
    const limit = Math.min(Math.max(Math.trunc(options.limit), 1), 100)
    return this.#run(({ hits, body }) =>
      hits.all(matchExpression(query), first ?? null, second ?? null, third ?? null, limit).map((row) => ({
        key: String(row['key']),
        score: Number(row['score']),
        excerpt: findExcerpt(String(body.get(Number(row['id']))?.['body'] ?? ''), query),
      })),
    )
  }

  close(): void {
    this.#database.close()
  }

  #run<T>(work: (statements: Statements) => T): T {
    try {
      return work(this.#statements)
    } catch (error) {
      if (isDamage(error)) this.#startAnew()
      throw error
    }
  }

  #startAnew(): void {
    this.#database.close()
    this.#database = remakeProjection(this.#path, form)
    this.#statements = prepareStatements(this.#database)
  }
}

function prepareStatements(database: DatabaseSync): {
  readonly [
    name in
      | 'find'
      | 'all'
      | 'hits'
      | 'body'
      | 'addEntry'
      | 'addBody'
      | 'addWords'
      | 'dropEntry'
      | 'dropBody'
      | 'dropWords'
  ]: StatementSync
} {
  return {
    find: database.prepare('SELECT id, stamp FROM entries WHERE key = ?'),
    all: database.prepare('SELECT key, stamp FROM entries'),
    hits: database.prepare(findHits),
    body: database.prepare('SELECT body FROM bodies WHERE id = ?'),
    addEntry: database.prepare('INSERT INTO entries (key, layer, stamp) VALUES (?, ?, ?)'),
    addBody: database.prepare('INSERT INTO bodies (id, body) VALUES (?, ?)'),
    addWords: database.prepare('INSERT INTO words (rowid, title, tags, body) VALUES (?, ?, ?, ?)'),
    dropEntry: database.prepare('DELETE FROM entries WHERE id = ?'),
    dropBody: database.prepare('DELETE FROM bodies WHERE id = ?'),
    dropWords: database.prepare('DELETE FROM words WHERE rowid = ?'),
  }
}

function putEntry(statements: Statements, entry: SearchEntry): void {
  removeEntry(statements, entry.key)
  const id = statements.addEntry.run(entry.key, entry.layer, entry.stamp).lastInsertRowid
  statements.addBody.run(id, shownText(entry.body))
  const words = [[entry.title], entry.tags, [entry.body]].map(searchedText)
  statements.addWords.run(id, words[0] ?? '', words[1] ?? '', words[2] ?? '')
}

function removeEntry(statements: Statements, key: string): void {
  const id = statements.find.get(key)?.['id']
  if (id === undefined || id === null) return
  for (const drop of [statements.dropWords, statements.dropBody, statements.dropEntry]) drop.run(id)
}
