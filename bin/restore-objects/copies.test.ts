import {
  CopyObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { copyObjectsOf } from './copies.ts';

type Version = { readonly Key: string; readonly VersionId: string; readonly LastModified: Date };

const at = (second: number): Date => new Date(Date.UTC(2026, 10, 21, 20, 0, second));
const version = (Key: string, second: number): Version => ({
  Key,
  VersionId: `${Key}-${second}`,
  LastModified: at(second),
});

/** A client of two buckets, that answers from lists in pages, and fails for keys that begin with `cold`. */
class FakeClient extends S3Client {
  readonly copies: unknown[] = [];
  readonly #pages: readonly { readonly Versions?: readonly Version[]; readonly DeleteMarkers?: readonly Version[] }[];
  readonly #there: readonly string[];

  constructor(pages: FakeClient['pages'], there: readonly string[] = []) {
    super({ region: 'us-east-1' });
    this.#pages = pages;
    this.#there = there;
  }

  get pages() {
    return this.#pages;
  }

  // The commands that copies use, by hand; the overloads of the client name each command's output.
  override send = (async (command: unknown) => {
    if (command instanceof ListObjectVersionsCommand) {
      const page = Number(command.input.KeyMarker ?? 0);
      const isLast = page >= this.#pages.length - 1;
      return { ...this.#pages[page], IsTruncated: !isLast, ...(isLast ? {} : { NextKeyMarker: String(page + 1) }) };
    }
    if (command instanceof ListObjectsV2Command) return { Contents: this.#there.map((Key) => ({ Key })) };
    if (command instanceof HeadObjectCommand) return {};
    if (!(command instanceof CopyObjectCommand)) throw new Error('not expected');
    if (command.input.Key?.startsWith('cold') === true) throw new Error('InvalidObjectState');
    this.copies.push(command.input.CopySource);
    return {};
  }) as S3Client['send'];
}

const copy = (client: FakeClient, second: number) =>
  copyObjectsOf(client, { from: 'before', to: 'after', at: at(second).getTime() });

test('of each object the version of the time is copied, and none that was deleted, or made later', async () => {
  const client = new FakeClient([
    {
      Versions: [version('changed', 30), version('changed', 10), version('deleted', 5), version('later', 25)],
      DeleteMarkers: [version('deleted', 12)],
    },
    { Versions: [version('undone', 8)], DeleteMarkers: [version('undone', 30)] },
  ]);
  expect(await copy(client, 20)).toEqual({ copied: 2, present: 0, failed: [] });
  expect(client.copies).toEqual(['before/changed?versionId=changed-10', 'before/undone?versionId=undone-8']);
});

test('versions of an object that are listed on two pages count together', async () => {
  const client = new FakeClient([
    { Versions: [version('a', 1), version('b', 19)], DeleteMarkers: [] },
    { Versions: [version('b', 3)], DeleteMarkers: [] },
  ]);
  await copy(client, 20);
  expect(client.copies).toEqual(['before/a?versionId=a-1', 'before/b?versionId=b-19']);
});

test('of one second, a marker hides the version', async () => {
  const client = new FakeClient([
    { Versions: [version('a', 9)], DeleteMarkers: [{ ...version('a', 9), VersionId: 'm' }] },
  ]);
  expect(await copy(client, 9)).toEqual({ copied: 0, present: 0, failed: [] });
});

test('what is there is not copied again, and what cannot be copied is named', async () => {
  const client = new FakeClient([{ Versions: [version('cold', 1), version('made', 1), version('x/ü?', 1)] }], ['made']);
  expect(await copy(client, 20)).toEqual({
    copied: 1,
    present: 1,
    failed: [{ key: 'cold', problem: 'Error: InvalidObjectState' }],
  });
  expect(client.copies).toEqual(['before/x/%C3%BC%3F?versionId=x%2F%C3%BC%3F-1']);
});
