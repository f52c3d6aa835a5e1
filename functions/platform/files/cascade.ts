import { endOfBytes, fileRow, fileTextRow, schedulePurges } from '#dynamodb/rows/file.ts';
import { holdsOn, releasedRecords, whileHoldsStay } from '#dynamodb/rows/legal-hold.ts';
import { purgesAfter, type File } from '#schema/file.ts';
import { remove } from '#dynamodb/write.ts';
import type { CascadeEffect } from '#contract/resource.ts';
import type { CascadeContext, CascadeSteps } from '#runtime/cascade.ts';
import type { files } from './contract.ts';
import { fileNameRow } from '../rows/file-name.ts';

/** Files in one slice, of five writes at most each. */
const limit = 19;

/** Ends what only a hold kept. */
async function endHidden(_hold: string, { table, now }: CascadeContext<CascadeEffect<typeof files>>) {
  const { records, writes } = await releasedRecords(table, 'recordings', limit);
  return [
    ...writes,
    ...records.flatMap(({ id, record }) =>
      // The item as it was stored: nothing else is hidden as a recording.
      schedulePurges(table.organization, id, purgesAfter(record as File, undefined, now)),
    ),
  ];
}

export const cascade: CascadeSteps<typeof files> = {
  'legalhold.released': [endHidden],
  'legalhold.changed': [endHidden],
  // What refers to the files goes with the organization, too.
  'org.closed': [
    async (_organization, { table, now }) => {
      const { items } = await table.query(fileRow, {}, { limit });
      if (items.length === 0) return [];
      const holds = await holdsOn(table, 'recordings');
      const writes = items.flatMap((file) => [
        remove(fileRow, file),
        remove(fileTextRow, file),
        remove(fileNameRow, { kind: file.kind, name: file.name.toLowerCase() }),
        ...endOfBytes(table.organization, file, holds, { now, forever: true }),
      ]);
      return [whileHoldsStay(holds), ...writes];
    },
  ],
};
