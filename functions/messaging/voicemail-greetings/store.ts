import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { readReadyFile } from '#dynamodb/rows/file.ts';
import { readMailbox } from '#dynamodb/rows/mailbox.ts';
import type { Table } from '#dynamodb/table.ts';
import type { GreetingPlace } from '#schema/greeting.ts';
import { findGreetingFile } from '../rows/greeting.ts';
import type { voicemailGreetings } from './contract.ts';

export const greetingStore = (table: Table<ReadName<EffectOf<typeof voicemailGreetings>>>) => ({
  mailbox: (mailbox: string) => readMailbox(table, mailbox),
  ready: (id: string) => readReadyFile(table, id),
  named: (place: GreetingPlace) => findGreetingFile(table, place),
});
