import { createHash } from 'node:crypto';
import { measure, type Measured } from '../objects/measure.ts';
import type { Objects, OpenedObject } from '../objects/objects.ts';
import type { ObjectStorage } from '../schema/object-storage.ts';

/** The part of a function's objects that archives need: effects `effectsOfArchiving`. */
export type ArchiveObjects = Pick<Objects<'archives'>, 'begin' | 'part' | 'finish' | 'abandon' | 'put' | 'open'>;

/** An object to write, once. */
export type ArchivedObject = { readonly key: string; readonly type: string; readonly storage: ObjectStorage };

/** Another process writes the same archive now. The turn may be repeated. */
export class ArchiveConflict extends Error {}

/** Bytes of a piece of an upload. S3 requires at least 5 MiB. One is in memory at a time. */
const pieceSize = 5 * 1024 * 1024;

const locationOf = (key: string) => ({ bucket: 'archives' as const, key });

/** Opens an object of the archive; undefined if there is none. */
export const openArchived = (objects: Pick<ArchiveObjects, 'open'>, key: string): Promise<OpenedObject | undefined> =>
  objects.open(locationOf(key));

/** Size and hash of an object; undefined if there is none. */
export async function measureArchived(
  objects: Pick<ArchiveObjects, 'open'>,
  key: string,
): Promise<Measured | undefined> {
  const found = await openArchived(objects, key);
  return found === undefined ? undefined : measure(found);
}

/** The upload of a large object. It begins when more than a piece is there. */
function openUpload(objects: ArchiveObjects, { key, type, storage }: ArchivedObject) {
  const location = locationOf(key);
  const tags: string[] = [];
  let upload: string | undefined;
  const started = async () => {
    upload ??= await objects.begin(location, { name: key.slice(key.lastIndexOf('/') + 1), type, ...storage });
    return { ...location, upload };
  };
  return {
    piece: async (body: Uint8Array): Promise<void> => {
      tags.push(await objects.part(await started(), tags.length + 1, body));
    },
    /** @returns false if the object must be new and is not */
    close: async (rest: Uint8Array, onlyNew: boolean): Promise<boolean> => {
      if (upload === undefined) return objects.put(location, rest, { type, onlyNew, ...storage });
      const last = await started();
      if (rest.length > 0) tags.push(await objects.part(last, tags.length + 1, rest));
      return objects.finish(last, tags, { onlyNew });
    },
    abandon: async (): Promise<void> => {
      if (upload !== undefined) await objects.abandon({ ...location, upload });
    },
  };
}

/** Sends the body to an upload in pieces. @returns what is too short for one, and the hash of all */
async function sendPieces(body: AsyncIterable<Uint8Array>, send: (piece: Uint8Array) => Promise<void>) {
  const hash = createHash('sha256');
  // One buffer per piece: a list of what arrives would be in memory twice while it is joined.
  let piece = Buffer.allocUnsafe(pieceSize);
  let [filled, size] = [0, 0];
  for await (const bytes of body) {
    hash.update(bytes);
    size += bytes.length;
    for (let sent = 0; sent < bytes.length;) {
      const taken = bytes.subarray(sent, sent + pieceSize - filled);
      piece.set(taken, filled);
      filled += taken.length;
      sent += taken.length;
      if (filled < pieceSize) continue;
      await send(piece);
      [piece, filled] = [Buffer.allocUnsafe(pieceSize), 0];
    }
  }
  return { rest: piece.subarray(0, filled), size, sha256: hash.digest('hex') };
}

/**
 * Writes an object in pieces, so that its size takes no memory. An equal object that an interrupted turn left is kept
 * as it is; another one becomes an earlier version.
 * @throws ArchiveConflict if another process made the object in between
 */
export async function writeArchived(
  objects: ArchiveObjects,
  object: ArchivedObject,
  body: AsyncIterable<Uint8Array>,
): Promise<Measured> {
  const before = await measureArchived(objects, object.key);
  const upload = openUpload(objects, object);
  try {
    const { rest, ...measured } = await sendPieces(body, upload.piece);
    if (before?.sha256 === measured.sha256) {
      await upload.abandon();
      return measured;
    }
    if (!(await upload.close(rest, before === undefined)))
      throw new ArchiveConflict(`another process writes ${object.key}`);
    return measured;
  } catch (error) {
    await upload.abandon();
    throw error;
  }
}

/** Writes a small object as `writeArchived` does. */
export const writeText = (objects: ArchiveObjects, object: ArchivedObject, text: string): Promise<Measured> =>
  writeArchived(
    objects,
    object,
    (async function* () {
      yield Buffer.from(text);
    })(),
  );
