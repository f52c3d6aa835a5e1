import type { ReadName } from '../../../shared/contract/effects.ts';
import type { EffectOf } from '../../../shared/contract/resource.ts';
import { readPage, type PageRequest } from '../../../shared/dynamodb/page.ts';
import type { Table } from '../../../shared/dynamodb/table.ts';
import { remove } from '../../../shared/dynamodb/write.ts';
import type { emailSuppressions } from './contract.ts';
import { emailSuppressionRow, suppressedIn } from './row.ts';
import type { Suppression } from './suppression.ts';

type Reads = Table<ReadName<EffectOf<typeof emailSuppressions>>>;

export const suppressionStore = (table: Reads) => ({
  get: (address: string): Promise<Suppression | undefined> => table.get(emailSuppressionRow, { address }),
  page: (request: PageRequest, keep: (suppression: Suppression) => boolean) =>
    readPage(request, {
      read: (range) => table.queryIndex(emailSuppressionRow, 'GSI1', suppressedIn(table.organization), range),
      keep,
    }),
});

export const liftWrites = (suppression: Suppression) => [remove(emailSuppressionRow, suppression, suppression)];
