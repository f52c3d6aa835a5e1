import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import type { Table } from '#dynamodb/table.ts';
import { change, type Write } from '#dynamodb/write.ts';
import { day, second } from '#schema/time.ts';
import type { speech } from './contract.ts';
import { speechUseRow } from './row.ts';

const ttl = (2 * day) / second;

const hourOf = (now: Date): string => now.toISOString().slice(0, 13);

/** UTF-16 units of new texts that an organization has had said in this hour. */
export async function spokenCharacters(table: Table<ReadName<EffectOf<typeof speech>>>, now: Date): Promise<number> {
  return (await table.get(speechUseRow, { hour: hourOf(now) }))?.characters ?? 0;
}

/** Counts new texts in their hour. @param characters UTF-16 units */
export const countSpeech = (characters: number, now: Date): Write<'speechuse'> => {
  const key = { hour: hourOf(now) };
  const set = { ...key, ttl: Math.floor(now.getTime() / second) + ttl };
  return change(speechUseRow, key, { set, add: { characters } });
};
