import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { composeMime } from '#mail/mime.ts';
import { eraseLocalCopies } from './local-copies.ts';

const number = '+4930123456';
let dataDir: string;
let database: DatabaseSync;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'trunkline-copies-'));
  for (const folder of ['outbox/sms', 'outbox/email', 'outbox/webhook', 'logs', 'queues'])
    mkdirSync(join(dataDir, folder), { recursive: true });
  // As the store has it open, in another process.
  database = new DatabaseSync(join(dataDir, 'dynamodb.sqlite'));
  database.exec('PRAGMA journal_mode = WAL; CREATE TABLE items (text TEXT)');
});
afterEach(() => {
  database.close();
  rmSync(dataDir, { recursive: true });
});

const write = (name: string, text: string) => writeFileSync(join(dataDir, name), text);
const textOf = (pattern: string): string =>
  readdirSync(dataDir)
    .filter((name) => name.startsWith(pattern))
    .map((name) => readFileSync(join(dataDir, name), 'latin1'))
    .join('');

test('messages of deleted records are removed, and others that name the person', async () => {
  write('outbox/sms/sms_1.json', '{"to":"+4930123456","message":"Your code"}');
  write('outbox/email/eml_1.eml', 'To: eve@example.com\r\n\r\nRGVhciBFdmU=');
  write('outbox/email/eml_2.eml', 'To: held@example.com\r\n\r\n+4930123456');
  write('outbox/webhook/att_1.json', '{"body":"{\\"to\\":\\"+4930123456\\"}"}');
  write('outbox/sms/sms_2.json', '{"to":"+4930999999","message":"Hello"}');
  const records = [
    { id: 'sms_1', state: 'deleted' },
    { id: 'eml_1', state: 'deleted' },
    { id: 'eml_2', state: 'held' },
  ];
  expect(await eraseLocalCopies(dataDir, { number }, records)).toEqual({
    removed: 3,
    isOverwritten: true,
    left: ['outbox/email/eml_2.eml'],
  });
  expect(readdirSync(join(dataDir, 'outbox/sms'))).toEqual(['sms_2.json']);
});

test('e-mails are read as their recipients read them, and messages about longer numbers stay', async () => {
  const mail = (subject: string, text: string) =>
    composeMime({
      ...{ id: 'eml_1', from: { address: 'pbx@example.com', name: null }, to: ['ann@example.com'], cc: [] },
      ...{ subject, text, date: '2026-11-20T12:00:00.000Z' },
    });
  const russian = 'Новое сообщение голосовой почты';
  writeFileSync(join(dataDir, 'outbox/email/eml_1.eml'), await mail('Voicemail', `${russian}: ${number}`));
  writeFileSync(join(dataDir, 'outbox/email/eml_2.eml'), await mail(`${russian}: ${number}`, russian));
  writeFileSync(join(dataDir, 'outbox/email/eml_3.eml'), await mail(russian, `${russian}: ${number}`));
  writeFileSync(join(dataDir, 'outbox/email/eml_4.eml'), await mail(russian, `${russian}: ${number}0`));
  write('outbox/sms/sms_1.json', `{"to":"${number}0"}`);
  write('outbox/sms/sms_2.json', '{"to":"+14930123456"}');
  write('outbox/sms/sms_3.json', '{"message":"Call 004930123456."}');
  const { removed, left } = await eraseLocalCopies(dataDir, { number }, [{ id: 'eml_3', state: 'held' }]);
  expect([removed, readdirSync(join(dataDir, 'outbox/email')), readdirSync(join(dataDir, 'outbox/sms'))]).toEqual([
    3,
    ['eml_3.eml', 'eml_4.eml'],
    ['sms_1.json', 'sms_2.json'],
  ]);
  expect(left).toEqual(['outbox/email/eml_3.eml']);
});

test('what was deleted is neither in the database nor in its log afterwards', async () => {
  const insert = database.prepare('INSERT INTO items VALUES (?)');
  for (let at = 0; at < 500; at += 1) insert.run(`${number} ${'text '.repeat(100)}`);
  database.exec(`PRAGMA wal_checkpoint(TRUNCATE); UPDATE items SET text = text || '.'; DELETE FROM items`);
  expect(textOf('dynamodb.sqlite')).toContain(number);
  expect(await eraseLocalCopies(dataDir, { number }, [])).toEqual({ removed: 0, isOverwritten: true, left: [] });
  expect(textOf('dynamodb.sqlite')).not.toContain(number);
  // The process that has it open goes on.
  insert.run('next');
  expect(database.prepare('SELECT count(*) AS items FROM items').get()).toEqual({ items: 1 });
});

test('files that name the person still are listed', async () => {
  // Across the end of a piece that is read at once.
  write('logs/api.log', `${' '.repeat(1024 * 1024 - 3)}usr_eve`);
  database.exec(`INSERT INTO items VALUES ('usr_eve')`);
  mkdirSync(join(dataDir, '.backup'));
  write('.backup/.api.log', 'usr_eve');
  expect((await eraseLocalCopies(dataDir, { user_id: 'usr_eve' }, [])).left.toSorted()).toEqual([
    '.backup/.api.log',
    'dynamodb.sqlite',
    'logs/api.log',
  ]);
});
