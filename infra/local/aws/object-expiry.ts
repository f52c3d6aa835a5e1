import type { ObjectVersions, StoredVersion } from './object-versions.ts';
import { day } from '#schema/time.ts';
import type { CloudResource } from '../templates/resource.ts';

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
export function expireVersions(versions: ObjectVersions, buckets: readonly CloudResource[], now: number): void {
  for (const bucket of buckets) {
    const days = noncurrentDaysOf(bucket);
    if (days === undefined) continue;
    for (const stored of expiredVersions(versions.all(bucket.name), days, now)) versions.remove(stored);
  }
}
