import {
  chmodSync,
  closeSync,
  fsyncSync,
  globSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { LocalCloudError } from '../templates/resource.ts';

/**
 * Creates the data directory, readable by its owner only, and locks it for this process. The operating system releases
 * the lock at the end of the process, even after `kill -9`.
 *
 * @returns releases the lock
 * @throws LocalCloudError if the directory cannot be written, or another process has locked it
 */
export function holdDataDir(dataDir: string): () => void {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    restrictToOwner(dataDir);
    const lock = new DatabaseSync(join(dataDir, 'lock'), { timeout: 0 });
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    return () => lock.close();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (reason.includes('locked'))
      throw new LocalCloudError(
        `Another npm start is using the data directory ${dataDir}: stop it, or set DATA_DIR to another one.`,
      );
    throw new LocalCloudError(
      `The data directory ${dataDir} cannot be written (${reason}): set DATA_DIR to another one.`,
    );
  }
}

/** What the local cloud stores; a folder that was there before may have other files, which are not ours to change. */
const ownNames = '{aws-port,dynamodb.sqlite,lock,outputs.json,secrets.json,stream.sqlite}*';
const ownFolders = '{logs,objects,outbox,queues}{,/**}';

/** Takes all rights of others from the folder, and from files that an earlier version or another program made in it. */
function restrictToOwner(dataDir: string): void {
  if ((lstatSync(dataDir).mode & sticky) !== 0) throw new Error('it is shared by all users');
  chmodSync(dataDir, 0o700);
  for (const name of globSync([ownNames, ownFolders], { cwd: dataDir })) {
    const file = join(dataDir, name);
    const stored = lstatSync(file, { throwIfNoEntry: false });
    if (stored === undefined || stored.isSymbolicLink() || (stored.mode & rightsOfOthers) === 0) continue;
    chmodSync(file, stored.mode & ~rightsOfOthers & 0o777);
  }
}

const rightsOfOthers = 0o077;
/** The mode of folders such as `/tmp`. */
const sticky = 0o1000;

/** What `cdk deploy --outputs-file` writes, with the addresses of this machine. */
export type Outputs = Readonly<Record<string, Readonly<Record<string, string>>>>;

const outputsFile = (dataDir: string): string => join(dataDir, 'outputs.json');

/** Writes the outputs, which contain credentials. */
export const writeOutputs = (dataDir: string, outputs: Outputs): void =>
  writeDurably(outputsFile(dataDir), `${JSON.stringify(outputs, null, 2)}\n`);

/**
 * Writes a file that only its owner can read. After a crash it has the old or the new content, complete; once this
 * returns, the new one.
 */
export function writeDurably(file: string, content: string | Uint8Array): void {
  const draft = `${file}.new`;
  writeFileSync(draft, content, { mode: 0o600, flush: true });
  renameSync(draft, file);
  const folder = openSync(dirname(file), 'r');
  fsyncSync(folder);
  closeSync(folder);
}

/** The text of a file; empty if it cannot be read. */
export function textIn(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** Removes the outputs of an earlier start, so that no one who waits for the file reads its addresses. */
export function removeOutputs(dataDir: string): void {
  rmSync(outputsFile(dataDir), { force: true });
}
