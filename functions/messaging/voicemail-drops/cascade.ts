import { fileReferenceRow } from '#dynamodb/rows/file.ts';
import { remove, replace } from '#dynamodb/write.ts';
import type { CascadeContext, CascadeSteps } from '#runtime/cascade.ts';
import { deletedDetails, updatedDetails, withoutFile, type Drop } from '#schema/voicemail-drop.ts';
import type { voicemailDrops } from './contract.ts';
import { deleteDropWrites, dropRow, unreferWrites } from '#dynamodb/rows/voicemail-drop.ts';

/** Drops in one slice. */
const limit = 15;

type Record = CascadeContext['record'];

const deletion = (drop: Drop, record: Record) => [
  ...deleteDropWrites(drop),
  record('voicemaildrop.deleted', deletedDetails(drop)),
];

type DropWrite = ReturnType<typeof deletion>[number] | ReturnType<typeof update>[number];

const update = (before: Drop, after: Drop, record: Record) => [
  replace(dropRow, after, before),
  record('voicemaildrop.updated', updatedDetails(before, after)),
];

/** The writes of a drop whose file was deleted: nothing may be left of it. */
function withoutFileWrites(drop: Drop, record: Record): DropWrite[] {
  const after = withoutFile(drop);
  return after === null ? deletion(drop, record) : update(drop, after, record);
}

export const cascade: CascadeSteps<typeof voicemailDrops> = {
  // A drop of one user only is of no use to others. An organization has 500 at most.
  'user.deleted': [
    async (user, { table, record }) => {
      const { items } = await table.query(dropRow, {});
      const own = items.filter((drop) => drop.user_id === user).slice(0, limit);
      return own.flatMap((drop) => [...deletion(drop, record), ...unreferWrites(drop)]);
    },
  ],
  'org.closed': [
    async (_organization, { table, record }) => {
      const { items } = await table.query(dropRow, {}, { limit });
      return items.flatMap((drop) => [...deletion(drop, record), ...unreferWrites(drop)]);
    },
  ],
  'file.deleted': [
    async (file, { table, record }) => {
      const { items } = await table.query(fileReferenceRow, { resource: file }, { prefix: 'voicemaildrop/', limit });
      const drops = await table.getAll(
        dropRow,
        items.map(({ id }) => ({ id })),
      );
      const references = items.map((reference) => remove(fileReferenceRow, reference));
      const using = drops.filter((drop) => drop?.file?.id === file);
      return [...references, ...using.flatMap((drop) => (drop === undefined ? [] : withoutFileWrites(drop, record)))];
    },
  ],
};
