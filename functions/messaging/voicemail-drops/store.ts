import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { countWrites, itemWrites, composeWrites } from '#dynamodb/rows/item-writes.ts';
import { readPages } from '#dynamodb/page.ts';
import { scheduleDue } from '#dynamodb/rows/due.ts';
import { readReadyFile, referenceChangeWrites } from '#dynamodb/rows/file.ts';
import { newUserExists } from '#dynamodb/rows/user-exists.ts';
import type { Table } from '#dynamodb/table.ts';
import { uniqueValues } from '#dynamodb/unique-values.ts';
import type { Write } from '#dynamodb/write.ts';
import { hour } from '#schema/time.ts';
import type { Drop } from '#schema/voicemail-drop.ts';
import type { voicemailDrops } from './contract.ts';
import { dropNameRow, dropRow, foldedDropName } from '#dynamodb/rows/voicemail-drop.ts';
import { voicemailDropErrors } from './voicemail-drop.ts';

/** Drops of an organization. */
const maxDrops = 500;

/** The kind of the due pointer at which an upload that did not come is given up. */
const dropDeadline = 'voicemaildrop.upload';

export const dropStore = (table: Table<ReadName<EffectOf<typeof voicemailDrops>>>) => ({
  get: (id: string) => table.get(dropRow, { id }),
  file: (id: string) => readReadyFile(table, id),
  page: readPages((range) => table.query(dropRow, {}, range)),
});

const names = uniqueValues(dropNameRow, {
  markerOf: (drop: Drop) => ({ name: foldedDropName(drop), owner: drop.id }),
  taken: voicemailDropErrors.DROP_NAME_EXISTS,
  message: ({ name }) => `A voicemail drop named ${name} exists`,
});

const dropWrites = composeWrites(itemWrites(dropRow), names.writes, countWrites('voicemail drops', maxDrops));

const filesOf = (drop: Drop | undefined): readonly { readonly id: string }[] => (drop?.file == null ? [] : [drop.file]);

const referencesAfter = (before: Drop | undefined, after: Drop | undefined, id: string) =>
  referenceChangeWrites(
    { type: 'voicemaildrop', id },
    filesOf(before).map(({ id: file }) => file),
    filesOf(after),
  );

const awaitUpload = (organization: number, { id, upload }: Drop, now: Date): Write<'due'>[] =>
  upload === null
    ? []
    : [
        scheduleDue({
          kind: dropDeadline,
          org_id: organization,
          subject: `${id}/${upload.number}`,
          at: new Date(now.getTime() + hour).toISOString(),
        }),
      ];

/** @param organization number; `now` the time from which an upload is awaited */
export const saveWrites = (
  before: Drop | undefined,
  after: Drop,
  { organization, now }: { readonly organization: number; readonly now: Date },
) => [
  ...dropWrites(before, after),
  ...newUserExists(before, after),
  ...referencesAfter(before, after, after.id),
  ...awaitUpload(organization, after, now),
];
