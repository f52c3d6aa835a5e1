import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, expect, test } from 'vitest';
import { temporaryFolder } from './endpoint-fixture.ts';
import { fileNameOf } from './object-files.ts';
import { openVersionsOf } from './object-store.ts';

const dataDir = temporaryFolder();
afterAll(() => rmSync(dataDir, { recursive: true }));

const upload = { bucket: 'files', key: 'org_1001/files/file_1/1' };
const written = { bucket: 'exports', key: 'org_1001/exports/1' };

/** As builds of before 2026-11-25 stored objects. */
function storeEarlier(): DatabaseSync {
  const stored = join(dataDir, 'objects', 'stored');
  mkdirSync(stored, { recursive: true });
  const facts = { ...upload, type: 'audio/wav', size: 4, etag: '""', modified: '2026-11-01T00:00:00.000Z' };
  writeFileSync(join(stored, fileNameOf(upload)), 'RIFF');
  writeFileSync(join(stored, `${fileNameOf(upload)}.json`), JSON.stringify(facts));
  mkdirSync(join(dataDir, 'queues'), { recursive: true });
  const database = new DatabaseSync(join(dataDir, 'queues', 'fauxqs.db'));
  database.exec(`CREATE TABLE IF NOT EXISTS s3_objects (bucket TEXT NOT NULL, key TEXT NOT NULL, body BLOB NOT NULL,
    content_type TEXT NOT NULL, content_disposition TEXT, last_modified TEXT NOT NULL, PRIMARY KEY (bucket, key))`);
  database
    .prepare('INSERT INTO s3_objects VALUES (?, ?, ?, ?, ?, ?)')
    .run(written.bucket, written.key, Buffer.from('a,b'), 'text/csv', 'attachment', '2026-11-02T00:00:00.000Z');
  return database;
}

test('objects of earlier data directories are those of today, once, with their times', async () => {
  const database = storeEarlier();
  for (let start = 0; start < 2; start += 1) {
    const versions = await openVersionsOf(dataDir);
    const [found, ...more] = versions.of(upload);
    expect([found?.type, found?.modified, more]).toEqual(['audio/wav', '2026-11-01T00:00:00.000Z', []]);
    const [table] = versions.of(written);
    expect([table?.disposition, table?.modified]).toEqual(['attachment', '2026-11-02T00:00:00.000Z']);
    expect(table && (await text(versions.read(table)))).toBe('a,b');
    expect(found && (await text(versions.read(found)))).toBe('RIFF');
  }
  expect(database.prepare('SELECT count(*) AS left FROM s3_objects').get()).toEqual({ left: 0 });
  database.close();
});

test('what a start that was killed has stored is not stored again', async () => {
  const before = (await openVersionsOf(dataDir)).of(upload);
  storeEarlier().close();
  expect((await openVersionsOf(dataDir)).of(upload)).toEqual(before);
});
