import type { StoredArchive } from '../../schema/stored-archive.ts';
import { row } from '../row.ts';

/** `archive#1001`: the archives of an organization, by id. */
export const archiveRow = row<'archive', StoredArchive, { readonly id: string }>('archive', {
  afterClosing: 'archives of a closed organization stay until their retention ends',
  sort: ({ id }) => id,
});
