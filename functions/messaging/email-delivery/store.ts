import type { ReadName } from '../../../shared/contract/effects.ts';
import type { EffectOf } from '../../../shared/contract/resource.ts';
import { emailRow } from '../../../shared/dynamodb/rows/email.ts';
import type { Table } from '../../../shared/dynamodb/table.ts';
import { replace } from '../../../shared/dynamodb/write.ts';
import type { Email } from '../../../shared/schema/email.ts';
import type { emailDelivery } from './contract.ts';

export const deliveryStore = (table: Table<ReadName<EffectOf<typeof emailDelivery>>>) => ({
  email: (id: string): Promise<Email | undefined> => table.get(emailRow, { id }),
});

/** The next state, unless the e-mail changed since it was read. */
export const updateWrite = (before: Email, after: Email) => replace(emailRow, after, before);
