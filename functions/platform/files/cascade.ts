import { fileRow, fileTextRow, schedulePurges } from '../../../shared/dynamodb/rows/file.ts';
import { remove } from '../../../shared/dynamodb/write.ts';
import type { CascadeSteps } from '../../../shared/runtime/cascade.ts';
import { purgesAfter } from '../../../shared/schema/file.ts';
import type { files } from './contract.ts';
import { fileNameRow } from './row.ts';

/** Files in one slice, of five writes at most each. */
const limit = 20;

/** What refers to the files goes with the organization, too. */
export const cascade: CascadeSteps<typeof files> = {
  'org.closed': [
    async (_organization, { table, now }) =>
      (await table.query(fileRow, {}, { limit })).items.flatMap((file) => [
        remove(fileRow, file),
        remove(fileTextRow, file),
        remove(fileNameRow, { kind: file.kind, name: file.name.toLowerCase() }),
        ...schedulePurges(table.organization, file.id, purgesAfter(file, undefined, now)),
      ]),
  ],
};
