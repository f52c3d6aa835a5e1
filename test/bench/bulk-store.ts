/**
 * Fills the bundled store past its interface, while it does not run: a hundred times as fast, and nothing of it comes
 * through the stream.
 */
import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';

type Item = Readonly<Record<string, AttributeValue>>;

const indexes = ['GSI1', 'GSI2'] as const;
/** What nothing but `Scan` by segments looks at. */
const hashPrefix = '000000';

/** As the store writes keys: with their type. */
const keyOf = (item: Item, attribute: string): string => `S:${item[attribute]?.S ?? ''}`;

/**
 * Puts items into a table and its indexes. @throws where the store's file is of another form than that of dynoxide 1.2
 * @param itemSize bytes of an item, by which the store divides answers into pages of 1 MB
 */
export function putAll(dataDir: string, table: string, items: Iterable<Item>, itemSize = 1_000): void {
  const database = new DatabaseSync(join(dataDir, 'dynamodb.sqlite'), { timeout: 10_000 });
  try {
    const own = database.prepare(
      `INSERT INTO "${table}" (pk, sk, item_json, item_size, hash_prefix) VALUES (?, ?, ?, ?, ?)`,
    );
    const listed = indexes.map((index) => ({
      index,
      insert: database.prepare(
        `INSERT INTO "${table}::gsi::${index}" (gsi_pk, gsi_sk, table_pk, table_sk, item_json) VALUES (?, ?, ?, ?, ?)`,
      ),
    }));
    const put = (item: Item): void => {
      const [json, pk, sk] = [JSON.stringify(item), keyOf(item, 'PK'), keyOf(item, 'SK')];
      own.run(pk, sk, json, itemSize, hashPrefix);
      for (const { index, insert } of listed)
        if (item[`${index}PK`] !== undefined)
          insert.run(keyOf(item, `${index}PK`), keyOf(item, `${index}SK`), pk, sk, json);
    };
    // Keys come in any order: without room for them each would be a page read from disk. After a loss of power it
    // starts again.
    database.exec('PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -1000000; BEGIN');
    for (const item of items) put(item);
    database.exec('COMMIT; PRAGMA journal_mode = WAL');
  } finally {
    database.close();
  }
}
