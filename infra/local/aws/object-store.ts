import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { day } from '#schema/time.ts';
import { writeDurably } from '../machine/data-dir.ts';
import type { CloudResource } from '../templates/resource.ts';
import type { AwsService } from './aws-call.ts';
import { moveEarlierObjects, takeEarlierVersions } from './earlier-objects.ts';
import { serveBuckets, type Announcements, type BucketKind } from './object-buckets.ts';
import { fileNameOf, type ObjectId, type StoredObject } from './object-files.ts';
import { openObjectVersions, type ObjectVersions, type StoredVersion } from './object-versions.ts';

type Rule = { readonly Status?: string; readonly NoncurrentVersionExpiration?: { readonly NoncurrentDays?: number } };

/** Days after which a version that was replaced or deleted expires, by the lifecycle rules of a bucket. */
function noncurrentDaysOf({ properties }: CloudResource): number | undefined {
  const { Rules: rules = [] } = (properties['LifecycleConfiguration'] ?? {}) as { readonly Rules?: readonly Rule[] };
  return rules.find(({ NoncurrentVersionExpiration: found }) => found !== undefined)?.NoncurrentVersionExpiration
    ?.NoncurrentDays;
}

const isLocked = ({ lock }: StoredVersion, now: number): boolean => lock !== null && Date.parse(lock.until) > now;

/**
 * The versions of a bucket that have expired: those that have a successor for that long, and what says that an object
 * was deleted of which no other version is left (Amazon S3 User Guide, "Lifecycle configuration elements").
 * @param all as `ObjectVersions.all`: by key, the newest first
 */
export function expiredVersions(all: readonly StoredVersion[], days: number, now: number): readonly StoredVersion[] {
  const isOld = (instant: string): boolean => Date.parse(instant) + days * day < now;
  const gone = all.filter((stored, at) => {
    const newer = all[at - 1];
    return newer?.key === stored.key && isOld(newer.modified) && !isLocked(stored, now);
  });
  const left = Map.groupBy(
    all.filter((stored) => !gone.includes(stored)),
    ({ key }) => key,
  );
  const markers = [...left.values()].flatMap((of) => (of.length === 1 ? of.filter(({ marker }) => marker) : []));
  return [...gone, ...markers.filter(({ modified }) => isOld(modified))];
}

/** Removes what has expired. */
function expireVersions(versions: ObjectVersions, buckets: readonly CloudResource[], now: number): void {
  for (const bucket of buckets) {
    const days = noncurrentDaysOf(bucket);
    if (days === undefined) continue;
    for (const stored of expiredVersions(versions.all(bucket.name), days, now)) versions.remove(stored);
  }
}

/** The objects of which no queue was notified yet, each by a file of the folder. */
function openMarks(folder: string) {
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

type StoreOptions = {
  readonly dataDir: string;
  /** The resources of all stacks. */
  readonly resources: readonly CloudResource[];
  /** Of `openVersionsOf`. */
  readonly versions: ObjectVersions;
  /** Called for each new object, at least once. */
  readonly announce: (object: ObjectId & Pick<StoredObject, 'size' | 'etag'>) => Promise<void>;
};

const kindOf = ({ properties }: CloudResource): BucketKind => {
  const { Status: status } = (properties['VersioningConfiguration'] ?? {}) as { readonly Status?: string };
  const locks = properties['ObjectLockEnabled'] === true;
  return { versioned: locks || status === 'Enabled', locks };
};

/**
 * Opens the objects of a data directory. Those of before all objects were stored as versions are elsewhere, some of
 * them in the file of `fauxqs`, which is not open yet.
 */
export async function openVersionsOf(dataDir: string): Promise<ObjectVersions> {
  const folder = join(dataDir, 'objects');
  takeEarlierVersions(folder);
  const versions = openObjectVersions(folder);
  await moveEarlierObjects({ folder, file: join(dataDir, 'queues', 'fauxqs.db') }, versions);
  return versions;
}

/**
 * The buckets of the templates, and those of earlier starts that are in none any more: a stack lets go of a bucket that
 * has data, and does not delete it.
 */
function bucketKinds(file: string, buckets: readonly CloudResource[]): ReadonlyMap<string, BucketKind> {
  const earlier = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Record<string, BucketKind>) : {};
  const kinds = new Map([...Object.entries(earlier), ...buckets.map((each) => [each.name, kindOf(each)] as const)]);
  writeDurably(file, JSON.stringify(Object.fromEntries(kinds)));
  return kinds;
}

/**
 * Serves the local S3 with the buckets of the templates. Each object is in files, into which uploads are written as
 * they arrive, so that a large one takes no memory. All new objects are announced; those that were stored right before
 * a crash, now. Old versions expire by the lifecycle rules of their buckets, at the start and once a day.
 */
export async function openObjectStore({
  dataDir,
  resources,
  versions,
  announce,
}: StoreOptions): Promise<{ readonly service: AwsService; stop(): void }> {
  const buckets = resources.filter(({ type }) => type === 'AWS::S3::Bucket');
  const { mark, marked, unmark } = openMarks(join(dataDir, 'objects', 'unannounced'));
  const announcements: Announcements = {
    mark,
    announce: async (stored) => {
      await announce(stored);
      unmark(stored);
    },
  };
  for (const id of marked()) {
    const [newest] = versions.of(id);
    if (newest?.marker === false) await announcements.announce(newest);
  }
  const expire = (): void => expireVersions(versions, buckets, Date.now());
  expire();
  const timer = setInterval(expire, day).unref();
  const kinds = bucketKinds(join(dataDir, 'objects', 'buckets.json'), buckets);
  return { service: serveBuckets(kinds, versions, announcements), stop: () => clearInterval(timer) };
}
