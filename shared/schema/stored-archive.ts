import type { ObjectLock } from './object-storage.ts';
import type { RecordClass } from './record-class.ts';

type Part = {
  readonly key: string;
  readonly bytes: number;
  readonly records: number;
  readonly sha256: string;
  readonly files?: boolean | undefined;
};

/** An archive that is being written (`ArchiveState` of shared/archive). */
export type ArchiveParts = {
  readonly archive_id: string;
  readonly org_id: number;
  readonly class: string;
  readonly policy_id: string | null;
  readonly created_at: string;
  readonly range: { readonly start: string; readonly end: string } | null;
  readonly records: number;
  readonly parts: Part[];
  /** Of a revision only. */
  readonly revision?: number | undefined;
  readonly reason?: string | undefined;
  readonly replaces?: { key: string; sha256_before: string; replaced_by: string; sha256_after: string }[] | undefined;
};

/** The policy by which records were archived, as it was then. */
export type AppliedPolicy = { readonly id: string; readonly name: string; readonly retention_days: number };

/** A revision of an archive, in which parts were replaced. */
export type ArchiveRevision = {
  /** 1 for the first. */
  readonly number: number;
  readonly reason: string;
  readonly created_at: string;
  readonly replaces: readonly {
    readonly key: string;
    readonly sha256_before: string;
    readonly replaced_by: string;
    readonly sha256_after: string;
  }[];
};

/**
 * The record of an archive. Its manifest follows from it (shared/archive/README.md, "Format"), so that a process that
 * dies between the record and the manifest leaves nothing that another one cannot write.
 */
export type StoredArchive = {
  readonly id: string;
  readonly class: RecordClass;
  readonly policy: AppliedPolicy | null;
  /** Times of the earliest and of the latest record: ISO 8601. */
  readonly range: { readonly start: string; readonly end: string } | null;
  readonly records: number;
  readonly parts: readonly Part[];
  /** What it counts towards the quota. */
  readonly bytes: number;
  readonly objects: number;
  /** SHA-256 (hexadecimal) of the manifest before in the chain, and of its own. */
  readonly previous_manifest_sha256: string;
  readonly manifest_sha256: string;
  readonly manifest_key: string;
  /** Null: not locked. */
  readonly lock: ObjectLock | null;
  /** Id of who archived; null: a job of the platform. */
  readonly by: string | null;
  readonly created_at: string;
  /** The last revision, of which the manifest is; absent: there is none. */
  readonly revision?: ArchiveRevision;
  /** The erasure that rewrites it now; absent: none does. */
  readonly rewritten_by?: string;
  /** When its manifest was written; null: not yet. */
  readonly sealed_at: string | null;
};
