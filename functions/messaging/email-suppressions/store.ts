import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { readPage, type PageRequest } from '#dynamodb/page.ts';
import type { Table } from '#dynamodb/table.ts';
import { remove } from '#dynamodb/write.ts';
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
