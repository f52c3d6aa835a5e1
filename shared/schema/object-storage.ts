/**
 * Until when a version of an object cannot be removed (Amazon S3 User Guide, "Locking objects with Object Lock").
 * `governance` can be taken back by a role that may bypass it, which no function of the platform is; `compliance` by
 * no one.
 */
export type ObjectLock = {
  readonly mode: 'governance' | 'compliance';
  /** ISO 8601. */
  readonly until: string;
};

export type LockMode = ObjectLock['mode'];

const lockModes = ['governance', 'compliance'] as const satisfies readonly LockMode[];

/** The environment variable with the modes that a stage permits. */
export const lockModesVariable = 'ARCHIVE_LOCK_MODES';

/** The modes that a stage permits: not `compliance` where the stage's data may be deleted with it. */
export const lockModesOf = (ephemeral: boolean): string => (ephemeral ? 'governance' : lockModes.join(','));

/** Whether archives of this stage may be locked in a mode. */
export const isPermittedLock = (mode: LockMode, environment: Readonly<Record<string, string | undefined>>): boolean =>
  (environment[lockModesVariable] ?? '').split(',').includes(mode);

/** Storage classes of S3 that an archive may have, from the one that is read most to the one that is read least. */
export const storageClasses = ['STANDARD', 'STANDARD_IA', 'GLACIER_IR', 'DEEP_ARCHIVE'] as const;
export type StorageClass = (typeof storageClasses)[number];

/** How an object is stored. */
export type ObjectStorage = { readonly lock: ObjectLock | null; readonly storageClass: StorageClass };
