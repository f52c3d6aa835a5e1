import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeDurably } from '../data-dir.ts';
import { fileNameOf, type ObjectId } from './object-files.ts';

/** The objects of which no queue was notified yet, each by a file of the folder. */
export function openMarks(folder: string) {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return {
    mark: (id: ObjectId): void => writeDurably(join(folder, fileNameOf(id)), JSON.stringify(id)),
    marked: (): readonly ObjectId[] =>
      readdirSync(folder)
        .filter((name) => !name.endsWith('.new'))
        .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as ObjectId),
    unmark: (id: ObjectId): void => rmSync(join(folder, fileNameOf(id)), { force: true }),
  };
}
