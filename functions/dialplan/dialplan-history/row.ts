import { row } from '#dynamodb/row.ts';
import type { ArchiveEntry } from './archive.ts';

type EntryKey = { readonly entity_id: string; readonly version: number };

/** 9 digits, so that versions sort as text. */
const padVersion = (version: number): string => String(version).padStart(9, '0');

/** Bounds of the sort keys of the versions before one. */
export const below = (version: number): readonly [string, string] => [padVersion(0), padVersion(version - 1)];

/** `dialplanhistory#1001#pol_…` by version. GSI1: the entries of an organization by time; GSI2: those of one type. */
export const archiveRow = row<'dialplanhistory', ArchiveEntry, EntryKey, { readonly entity_id: string }>(
  'dialplanhistory',
  {
    afterClosing: 'what was decided in the past can be explained',
    partition: ({ entity_id }) => [entity_id],
    sort: ({ version }) => padVersion(version),
    index1: (entry, organization) => ({ partition: [String(organization)], sort: `${entry.archived_at}#${entry.id}` }),
    index2: (entry, organization) => ({
      partition: [String(organization), entry.type],
      sort: `${entry.archived_at}#${entry.id}`,
    }),
  },
);
