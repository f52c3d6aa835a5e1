import {
  CopyObjectCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  paginateListObjectsV2,
  type ListObjectVersionsCommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3';

/** Buckets, and the time in milliseconds whose objects are wanted. */
export type CopyWanted = { readonly from: string; readonly to: string; readonly at: number };

export type Copies = {
  readonly copied: number;
  /** Objects that the bucket had already. */
  readonly present: number;
  readonly failed: readonly { readonly key: string; readonly problem: string }[];
};

/** A version of an object, or a marker that it was deleted. */
type Listed = { readonly key: string; readonly version: string; readonly modified: number; readonly marker: boolean };

/** The newer of two of one object: of one second, a marker follows what it hides. */
const newerOf = (one: Listed, other: Listed): Listed =>
  (one.modified === other.modified ? one.marker : one.modified > other.modified) ? one : other;

/** All versions and markers of a bucket in pages, by key. The versions of an object may be on several pages. */
async function* listedIn(client: S3Client, Bucket: string): AsyncGenerator<readonly Listed[]> {
  let next: { readonly KeyMarker?: string; readonly VersionIdMarker?: string } | undefined = {};
  while (next !== undefined) {
    const page: ListObjectVersionsCommandOutput = await client.send(new ListObjectVersionsCommand({ Bucket, ...next }));
    const { Versions = [], DeleteMarkers = [], IsTruncated, NextKeyMarker, NextVersionIdMarker } = page;
    const listed = [
      ...Versions.map((each) => ({ ...each, marker: false })),
      ...DeleteMarkers.map((each) => ({ ...each, marker: true })),
    ].map(({ Key = '', VersionId = '', LastModified, marker }) => {
      if (LastModified === undefined) throw new Error(`${Bucket} has no time of modification of ${Key}`);
      return { key: Key, version: VersionId, modified: LastModified.getTime(), marker };
    });
    yield listed.toSorted((one, other) => Number(one.key > other.key) - Number(one.key < other.key));
    next =
      IsTruncated === true && NextKeyMarker !== undefined
        ? {
            KeyMarker: NextKeyMarker,
            ...(NextVersionIdMarker === undefined ? {} : { VersionIdMarker: NextVersionIdMarker }),
          }
        : undefined;
  }
}

/** The versions that were current at a time. Objects whose newest version of then is a marker were deleted. */
async function* currentAt(client: S3Client, { from, at }: CopyWanted): AsyncGenerator<Listed> {
  let newest: Listed | undefined;
  for await (const page of listedIn(client, from))
    for (const each of page.filter(({ modified }) => modified <= at)) {
      if (newest !== undefined && newest.key !== each.key && !newest.marker) yield newest;
      newest = newest?.key === each.key ? newerOf(each, newest) : each;
    }
  if (newest?.marker === false) yield newest;
}

async function keysIn(client: S3Client, Bucket: string): Promise<ReadonlySet<string>> {
  const keys = new Set<string>();
  for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket }))
    for (const { Key = '' } of Contents) keys.add(Key);
  return keys;
}

const encodedPath = (key: string): string => key.split('/').map(encodeURIComponent).join('/');

/** A copy has the metadata of its source, and not its lock and its storage class, which it is given. */
async function copyObject(client: S3Client, { from, to }: CopyWanted, { key, version }: Listed): Promise<void> {
  const head = await client.send(new HeadObjectCommand({ Bucket: from, Key: key, VersionId: version }));
  const { ObjectLockMode, ObjectLockRetainUntilDate: until, StorageClass } = head;
  const isLocked = ObjectLockMode !== undefined && until !== undefined && until.getTime() > Date.now();
  await client.send(
    new CopyObjectCommand({
      Bucket: to,
      Key: key,
      CopySource: `${from}/${encodedPath(key)}?versionId=${encodeURIComponent(version)}`,
      IfNoneMatch: '*',
      ...(StorageClass === undefined ? {} : { StorageClass }),
      ...(isLocked ? { ObjectLockMode, ObjectLockRetainUntilDate: until } : {}),
    }),
  );
}

/** Copies at the same time. */
const concurrency = 16;

/** Copies what was current in a bucket at a time into another one, which keeps what it has. */
export async function copyObjectsOf(client: S3Client, wanted: CopyWanted): Promise<Copies> {
  const there = await keysIn(client, wanted.to);
  const failed: { readonly key: string; readonly problem: string }[] = [];
  let [copied, present] = [0, 0];
  const current = currentAt(client, wanted);
  const work = async (): Promise<void> => {
    for (let next = await current.next(); next.done !== true; next = await current.next()) {
      const { key } = next.value;
      if (there.has(key)) {
        present += 1;
        continue;
      }
      await copyObject(client, wanted, next.value).then(
        () => (copied += 1),
        (problem: unknown) => failed.push({ key, problem: String(problem) }),
      );
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  return { copied, present, failed };
}
