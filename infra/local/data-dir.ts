import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { LocalCloudError } from './templates/resource.ts';

/**
 * Makes the data directory, for its owner's eyes only, and holds it for this process alone. The operating system
 * gives the lock free however the process ends, `kill -9` included.
 *
 * @returns gives it free
 * @throws LocalCloudError when it cannot be written, or another process holds it
 */
export function holdDataDir(dataDir: string): () => void {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
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

/** What `cdk deploy --outputs-file` writes, with the addresses of this machine. */
export type Outputs = Readonly<Record<string, Readonly<Record<string, string>>>>;

const outputsFile = (dataDir: string): string => join(dataDir, 'outputs.json');

/** The file holds credentials. */
export const writeOutputs = (dataDir: string, outputs: Outputs): void =>
  writeDurably(outputsFile(dataDir), `${JSON.stringify(outputs, null, 2)}\n`);

/**
 * Readable by its owner only. Either the old or the new content is there after a crash, whole, and the new one once
 * this returns.
 */
export function writeDurably(file: string, content: string | Uint8Array): void {
  const draft = `${file}.new`;
  writeFileSync(draft, content, { mode: 0o600, flush: true });
  renameSync(draft, file);
  const folder = openSync(dirname(file), 'r');
  fsyncSync(folder);
  closeSync(folder);
}

/** Whoever waits for the file must not meet the addresses of an earlier start. */
export function removeOutputs(dataDir: string): void {
  rmSync(outputsFile(dataDir), { force: true });
}
