import { row } from '../row.ts';
import { objectKey } from '../../schema/object-key.ts';
import type { Drop } from '../../schema/voicemail-drop.ts';
import { decrementCount } from './count.ts';
import { unreferenceWrites } from './file.ts';
import { remove, type Write } from '../write.ts';

/** `voicemaildrop#1001`, newest first by id. */
export const dropRow = row<'voicemaildrop', Drop, { id: string }>('voicemaildrop', { sort: ({ id }) => id });

/** `voicemaildrop-name#1001`, by the name in lower case. */
export const dropNameRow = row<'voicemaildrop-name', { name: string; owner: string }, { name: string }>(
  'voicemaildrop-name',
  { sort: ({ name }) => name },
);

/** Area of drops in the keys of objects. */
export const dropArea = 'drops';

/** A recording of a drop. */
export const dropObject = (organization: number, id: string, number: number) =>
  ({ bucket: 'voicemail', key: objectKey({ organization, area: dropArea, id, version: number }) }) as const;

/** Names are unique in any case. */
export const foldedDropName = ({ name }: Pick<Drop, 'name'>): string => name.toLowerCase();

const releaseDropName = (drop: Drop): Write<'voicemaildrop-name'> =>
  remove(dropNameRow, { name: foldedDropName(drop) });

/** The writes of a deletion, without those of its references. */
export const deleteDropWrites = (drop: Drop): Write<'voicemaildrop' | 'voicemaildrop-name' | 'count'>[] => [
  remove(dropRow, drop, drop),
  releaseDropName(drop),
  decrementCount('voicemail drops'),
];

/** Ends the reference of a drop to its file. */
export const unreferWrites = (drop: Drop): Write<'reference'>[] =>
  drop.file === null ? [] : unreferenceWrites(drop.file.id, { type: 'voicemaildrop', id: drop.id });
