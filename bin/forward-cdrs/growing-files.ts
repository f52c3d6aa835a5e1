import { createHash } from 'node:crypto';
import { closeSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { minute, second } from '#schema/time.ts';

/** Files to which a switch appends, also after they were renamed: a file is known by device and inode. */

export type GrowingFile = {
  readonly id: string;
  readonly path: string;
  readonly size: number;
  /** Whether the switch writes no more to it, so that a last line without its end is whole. */
  readonly isFinished: boolean;
};

const compressed = /\.(?:gz|bz2|xz|zst|zip)$/;
/** Milliseconds without a change after which a file is finished that is not the newest. */
const quiet = minute;

/** Whether a name matches a pattern in which `*` is any text. */
export function matches(name: string, pattern: string): boolean {
  const [first = '', ...others] = pattern.split('*');
  const last = others.pop();
  if (last === undefined) return name === pattern;
  if (!name.startsWith(first)) return false;
  let at = first.length;
  for (const part of others) {
    const found = name.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return name.length - last.length >= at && name.endsWith(last);
}

/**
 * The files of a folder whose names match a pattern, the oldest first. Compressed ones were read before.
 * @param now Unix milliseconds
 */
export function filesIn(folder: string, pattern: string, now: number): readonly GrowingFile[] {
  const found = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
    .filter(({ name }) => matches(name, pattern) && !compressed.test(name))
    .map(({ name }) => ({ path: join(folder, name), stat: statSync(join(folder, name), { throwIfNoEntry: false }) }))
    .flatMap(({ path, stat }) => (stat === undefined ? [] : [{ path, stat }]))
    .toSorted((one, other) => one.stat.mtimeMs - other.stat.mtimeMs);
  return found.map(({ path, stat }, at) => ({
    id: `${stat.dev}:${stat.ino}`,
    path,
    size: stat.size,
    isFinished: at < found.length - 1 && now - stat.mtimeMs > quiet,
  }));
}

/** What is read of a file at once. `end`: the offset after it. */
export type Chunk = { readonly text: string; readonly end: number };

const maxBytes = 1_000_000;
const maxLines = 500;
const newline = 0x0a;

/** The number of bytes of the first lines; of all of them if there are fewer. */
function lengthOf(bytes: Buffer, lines: number): number {
  let end = 0;
  for (let line = 0; line < lines; line += 1) {
    const next = bytes.indexOf(newline, end);
    if (next < 0) break;
    end = next + 1;
  }
  return end;
}

function readBytes({ path }: GrowingFile, from: number, length = maxBytes): Buffer {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(length);
    return bytes.subarray(0, readSync(file, bytes, 0, length, from));
  } finally {
    closeSync(file);
  }
}

/** Bytes before a place by which it is recognized. */
const tailLength = 256;

/**
 * A hash of what stands before a place in a file. If it changes, the file was emptied and has grown again, or its inode
 * is another file's by now.
 */
export function tailAt(file: GrowingFile, end: number): string {
  const from = Math.max(0, end - tailLength);
  return createHash('sha256')
    .update(readBytes(file, from, end - from))
    .digest('hex');
}

/**
 * The next whole lines of a file; undefined: there are none yet. A line of more than a megabyte is cut, so that what
 * follows it is reached.
 */
export function nextLines(file: GrowingFile, from: number): Chunk | undefined {
  if (from >= file.size) return undefined;
  const bytes = readBytes(file, from);
  const whole = lengthOf(bytes, maxLines);
  const isCut = bytes.length === maxBytes || file.isFinished;
  const length = whole === 0 && isCut ? bytes.length : whole;
  return length === 0 ? undefined : { text: bytes.subarray(0, length).toString('utf8'), end: from + length };
}

/** Milliseconds without a change after which a file with one document is whole. */
const settled = 2 * second;

/** A file that has one document, once it is whole. @param now Unix milliseconds */
export function wholeDocument(file: GrowingFile, from: number, now: number): Chunk | undefined {
  if (from >= file.size || now - statSync(file.path).mtimeMs < settled) return undefined;
  return { text: readBytes(file, 0).toString('utf8'), end: file.size };
}
