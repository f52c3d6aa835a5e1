import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { keyProblem, type Part } from './manifest.ts';
import type { Source } from './source.ts';

/** Bytes of the lines of a part: no part has more. */
const maxLines = 64_000_000;
/** Characters of a line that names files. */
const maxLine = 4 * 1024 * 1024;

type ListedFile = { readonly key: string; readonly bytes: number; readonly sha256: string };

/** What is wrong with a part or a file: the key, and the reason. */
export type ArchiveProblem = { readonly key: string; readonly problem: string };

/** Size and hash of the bytes that pass. */
function openDigest() {
  const hash = createHash('sha256');
  let bytes = 0;
  return {
    async *through(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
      for await (const piece of body) {
        hash.update(piece);
        bytes += piece.length;
        yield piece;
      }
    },
    measured: () => ({ bytes, sha256: hash.digest('hex') }),
  };
}

type Measured = { readonly bytes: number; readonly sha256: string };

const differences = (wanted: Measured, found: Measured): string[] => [
  ...(wanted.bytes === found.bytes ? [] : [`has ${found.bytes} bytes, not ${wanted.bytes}`]),
  ...(wanted.sha256 === found.sha256 ? [] : ['was changed: its hash is not the one of the manifest']),
];

/** Measures a whole file. @returns its problems; one if it is missing */
async function fileProblems(source: Source, file: ListedFile): Promise<string[]> {
  const body = await source.open(file.key);
  if (body === undefined) return ['is missing'];
  const digest = openDigest();
  for await (const piece of digest.through(body)) void piece;
  return differences(file, digest.measured());
}

class Oversized extends Error {}

/** Counts lines, and passes each on to `see`. @throws Oversized for more bytes than a part has */
async function countLines(body: AsyncIterable<Uint8Array>, see: (line: string) => void, reads: boolean) {
  const decoder = new TextDecoder();
  let [lines, bytes, rest, last] = [0, 0, '', 10];
  for await (const piece of body) {
    bytes += piece.length;
    if (bytes > maxLines) throw new Oversized();
    for (let at = piece.indexOf(10); at !== -1; at = piece.indexOf(10, at + 1)) lines += 1;
    last = piece.at(-1) ?? last;
    if (!reads) continue;
    const texts = (rest + decoder.decode(piece, { stream: true })).split('\n');
    rest = texts.pop() ?? '';
    if (rest.length > maxLine) throw new Oversized();
    for (const text of texts) see(text);
  }
  // A text after the last end of a line is a line more.
  return last === 10 ? lines : lines + 1;
}

/** The files that a line names; null if the line has another form. */
function filesOf(line: string): readonly ListedFile[] | null {
  try {
    const { files } = JSON.parse(line) as { readonly files?: unknown };
    if (!Array.isArray(files)) return null;
    const isListed = (file: Partial<ListedFile> | null): boolean =>
      typeof file?.key === 'string' && typeof file.bytes === 'number' && typeof file.sha256 === 'string';
    return (files as readonly ListedFile[]).every(isListed) ? (files as readonly ListedFile[]) : null;
  } catch {
    return null;
  }
}

/** Reads a part once, without more memory than a piece of it. @returns its problems and the files that it names */
export async function measurePart(source: Source, part: Part) {
  const body = await source.open(part.key);
  if (body === undefined) return { problems: ['is missing'], files: [] };
  const digest = openDigest();
  const files: ListedFile[] = [];
  const problems: string[] = [];
  const compressed = Readable.from(digest.through(body));
  const gunzip = createGunzip();
  compressed.on('error', (error) => gunzip.destroy(error));
  const see = (line: string): void => {
    const listed = filesOf(line);
    if (listed === null) problems.push('has a line that names no files');
    else files.push(...listed);
  };
  try {
    const records = await countLines(compressed.pipe(gunzip), see, part.files);
    if (records !== part.records) problems.push(`has ${records} records, not ${part.records}`);
  } catch (error) {
    compressed.destroy();
    problems.push(
      error instanceof Oversized ? `decompresses to more than ${maxLines} bytes` : 'cannot be decompressed',
    );
    return { problems: [...problems, ...(await fileProblems(source, part))], files: [] };
  }
  return { problems: [...problems, ...differences(part, digest.measured())], files };
}

/** Verifies a part and the files that it names. @returns what was found, and the keys of the files */
export async function verifyPart(source: Source, part: Part, folder: string) {
  const { problems, files } = await measurePart(source, part);
  const findings: ArchiveProblem[] = problems.map((problem) => ({ key: part.key, problem }));
  for (const file of files) {
    const outside = keyProblem(file.key, folder);
    if (outside !== undefined) findings.push({ key: part.key, problem: outside });
    else findings.push(...(await fileProblems(source, file)).map((problem) => ({ key: file.key, problem })));
  }
  return { findings, files: files.map(({ key }) => key) };
}
