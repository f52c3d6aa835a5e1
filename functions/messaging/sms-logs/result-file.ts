/** The files of a search's result in the bucket `exports`. */
import { csvLine } from '#schema/csv.ts';
import { smsSearchFolder } from '#schema/object-key.ts';
import type { ShownEntry } from './entry.ts';
import type { Search } from './search.ts';

/** All in one folder. Its objects expire at the first midnight (UTC) that is a day after they were written. */
const folderOf = ({ org_id, id }: Pick<Search, 'org_id' | 'id'>): string => `${smsSearchFolder}/org_${org_id}/${id}`;

/** The key of the object with some messages as JSON. */
export const chunkKey = (search: Pick<Search, 'org_id' | 'id'>, chunk: number): string =>
  `${folderOf(search)}/${String(chunk).padStart(5, '0')}.json`;

/** Where and how the CSV file is written. */
export const csvTarget = (search: Pick<Search, 'org_id' | 'id'>) => ({
  bucket: 'exports' as const,
  key: `${folderOf(search)}/messages.csv`,
  name: `${search.id}.csv`,
  type: 'text/csv; charset=utf-8',
  gzip: false,
});

const columns = [
  'message_id',
  'direction',
  'from',
  'to',
  'message',
  'status',
  'timestamp',
  'userId',
  'segments',
  'cost',
] as const satisfies readonly (keyof ShownEntry)[];

export const csvHead = csvLine(columns);

/** The line of a message. */
export const csvLineOf = (entry: ShownEntry): string => csvLine(columns.map((name) => String(entry[name] ?? '')));
