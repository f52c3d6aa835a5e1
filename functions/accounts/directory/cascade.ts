import { remove } from '#dynamodb/write.ts';
import type { CascadeSteps } from '#runtime/cascade.ts';
import { directoryRow, directoryWordRow, removeEntry, type DirectoryWord } from '../rows/directory.ts';
import { contactMarkers } from '../rows/user-markers.ts';
import type { directory } from './contract.ts';

/** Contacts in one slice: none takes more than thirteen writes. */
const limit = 7;

export const cascade: CascadeSteps<typeof directory> = {
  // The entry itself ends with its user.
  'user.deleted': [
    async (id, { table }) => {
      const { items } = await table.query<'directory-word', DirectoryWord, { id: string }>(directoryWordRow, { id });
      return items.map((word) => remove(directoryWordRow, word));
    },
  ],
  'org.closed': [
    async (_organization, { table }) => {
      const { items } = await table.query(directoryRow, {}, { limit });
      return items.flatMap((entry) => [
        ...removeEntry(entry),
        ...(entry.kind === 'contact' ? contactMarkers(entry).map(({ release }) => release) : []),
      ]);
    },
  ],
};
