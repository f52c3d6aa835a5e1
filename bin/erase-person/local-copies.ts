import { closeSync, existsSync, openSync, readdirSync, readFileSync, readSync, rmSync } from 'node:fs';
import { basename, extname, join, relative } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { readMail } from '#infra/local/outbox/mail-reader.ts';
import type { ErasedPerson } from '#schema/erased-person.ts';
import { second } from '#schema/time.ts';

/** What a person leaves in the data directory of `npm start`, besides records (functions/system/erasures/README.md). */

/** A record of the report. */
type Reported = { readonly id: string; readonly state: string };

export type LocalCopies = {
  /** Messages of the outbox that were removed. */
  readonly removed: number;
  /** Whether the free pages of the store are overwritten; false: its file was in use for too long. */
  readonly isOverwritten: boolean;
  /** Files that name the person still. */
  readonly left: readonly string[];
};

/** How a person is named in files: by the id of a user, or by the digits of a number, however its `+` is written. */
const nameIn = (person: ErasedPerson): string => ('number' in person ? person.number.slice(1) : person.user_id);

const pieceSize = 1024 * 1024;

/** Whether a file of any size has a text. */
function contains(file: string, text: string): boolean {
  const wanted = Buffer.from(text);
  // The end of a piece is read with the next one, as the text may lie across.
  const piece = Buffer.alloc(pieceSize + wanted.length);
  const opened = openSync(file, 'r');
  try {
    for (let at = 0; ; at += pieceSize) {
      const length = readSync(opened, piece, 0, piece.length, at);
      if (piece.subarray(0, length).includes(wanted)) return true;
      if (length < piece.length) return false;
    }
  } finally {
    closeSync(opened);
  }
}

/** The texts of an e-mail, which are encoded in its file; none of another file. */
async function mailTexts(file: string): Promise<readonly string[]> {
  if (extname(file) !== '.eml') return [];
  const { from, to, cc, subject, text, html, attachments } = await readMail(file);
  return [from, to, cc, subject, text ?? '', html ?? '', ...attachments.map(({ filename }) => filename)];
}

/** Whether a message of the outbox names a person. A longer number is that of somebody else. */
async function isAbout(file: string, name: string): Promise<boolean> {
  const named = new RegExp(`(?:(?<!\\d)|(?<=00))${name}(?!\\d)`);
  return [readFileSync(file, 'latin1'), ...(await mailTexts(file))].some((text) => named.test(text));
}

/** The names of all files below a folder, also hidden ones. Links are no files. */
const filesIn = (dataDir: string, folder = ''): string[] =>
  existsSync(join(dataDir, folder))
    ? readdirSync(join(dataDir, folder), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(({ parentPath, name }) => relative(dataDir, join(parentPath, name)))
    : [];

/**
 * Removes the messages that are the sent form of a deleted record, or that name the person and are no record that
 * stays.
 */
async function removeMessages(dataDir: string, name: string, records: readonly Reported[]): Promise<number> {
  const states = new Map(records.map(({ id, state }) => [id, state]));
  let removed = 0;
  for (const file of filesIn(dataDir, 'outbox').map((found) => join(dataDir, found))) {
    const state = states.get(basename(file, extname(file)));
    if (state === undefined ? !(await isAbout(file, name)) : state !== 'deleted') continue;
    rmSync(file);
    removed += 1;
  }
  return removed;
}

/** Milliseconds for which the file waits for the other processes that use it. */
const maxWait = 30 * second;

/**
 * Moves the log of the store's file into it and overwrites its free pages; the requests of a running platform wait.
 * @returns whether the other processes let it
 */
function overwriteFreePages(file: string): boolean {
  const database = new DatabaseSync(file, { timeout: maxWait });
  try {
    database.exec('VACUUM');
    return database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()?.['busy'] !== 1;
  } catch (error) {
    if (error instanceof Error && error.message.includes('locked')) return false;
    throw error;
  } finally {
    database.close();
  }
}

/**
 * Erases what the data directory has of a person besides the records that were erased, while `npm start` runs or not.
 * @param records all records of the report, with what became of them
 */
export async function eraseLocalCopies(
  dataDir: string,
  person: ErasedPerson,
  records: readonly Reported[],
): Promise<LocalCopies> {
  const name = nameIn(person);
  const removed = await removeMessages(dataDir, name, records);
  // Not the file of the queues: its process waits for no other one. What it names is listed.
  const store = join(dataDir, 'dynamodb.sqlite');
  const isOverwritten = !existsSync(store) || overwriteFreePages(store);
  const left: string[] = [];
  for (const file of filesIn(dataDir)) {
    const path = join(dataDir, file);
    if (file.startsWith('outbox/') ? await isAbout(path, name) : contains(path, name)) left.push(file);
  }
  return { removed, isOverwritten, left };
}
