import { Readable } from 'node:stream';
import type { Links } from '#objects/links.ts';
import type { Objects } from '#objects/objects.ts';

const leastPart = 5 * 1024 * 1024;

type Uploading = {
  readonly key: string;
  readonly parts: Map<number, { readonly tag: string; readonly body: Uint8Array }>;
};

/** Objects in memory without versions, with the checks of S3 on multipart uploads and on what must be new. */
export type MemoryObjects = Objects & {
  readonly kept: Map<string, Uint8Array>;
  readonly uploads: Map<string, Uploading>;
};

export function memoryObjects(): MemoryObjects {
  const [kept, uploads] = [new Map<string, Uint8Array>(), new Map<string, Uploading>()];
  let last = 0;
  const uploading = (id: string): Uploading => {
    const found = uploads.get(id);
    if (found === undefined) throw new Error('NoSuchUpload');
    return found;
  };
  const isTaken = (key: string, { onlyNew = false }: { readonly onlyNew?: boolean }): boolean =>
    onlyNew && kept.has(key);
  return {
    kept,
    uploads,
    begin: async ({ key }) => {
      uploads.set(`upload-${(last += 1)}`, { key, parts: new Map() });
      return `upload-${last}`;
    },
    part: async ({ upload }, number, body) => {
      const tag = `tag-${(last += 1)}`;
      uploading(upload).parts.set(number, { tag, body });
      return tag;
    },
    finish: async ({ upload }, tags, how = {}) => {
      const found = uploads.get(upload);
      if (found === undefined) return true;
      if (isTaken(found.key, how)) return false;
      const parts = tags.map((tag, at) => {
        const part = found.parts.get(at + 1);
        if (part?.tag !== tag) throw new Error('InvalidPart');
        if (at < tags.length - 1 && part.body.length < leastPart) throw new Error('EntityTooSmall');
        return part.body;
      });
      if (parts.length === 0) throw new Error('MalformedXML');
      kept.set(found.key, Buffer.concat(parts));
      uploads.delete(upload);
      return true;
    },
    abandon: async ({ upload }) => void uploads.delete(upload),
    put: async ({ key }, body, how = {}) => {
      if (isTaken(key, how)) return false;
      kept.set(key, body);
      return true;
    },
    get: async ({ key }) => {
      const found = kept.get(key);
      if (found === undefined) throw new Error('NoSuchKey');
      return found;
    },
    open: async ({ key }) => {
      const found = kept.get(key);
      if (found === undefined) return undefined;
      const halves = [found.subarray(0, found.length / 2), found.subarray(found.length / 2)];
      return { size: found.length, type: '', body: Readable.from(halves) };
    },
    remove: async ({ key }) => void kept.delete(key),
    erase: async ({ key }) => void kept.delete(key),
    async *versions({ key: prefix }) {
      for (const key of kept.keys()) if (key.startsWith(prefix)) yield { key, version: 'null' };
    },
    removeVersion: async ({ key }) => {
      kept.delete(key);
      return true;
    },
  };
}

const linkTo = async ({ key }: { readonly key: string }, now: Date) => ({
  url: `https://files.test/${key}`,
  expires_at: now.toISOString(),
});

/** Links that name their objects and are signed by no one. */
export const memoryLinks: Links = {
  to: linkTo,
  downloadOf: linkTo,
  uploadTo: async (object, now) => ({
    method: 'PUT',
    ...(await linkTo(object, now)),
    headers: { 'Content-Type': object.type, 'Content-Length': String(object.size), 'If-None-Match': '*' },
  }),
};
