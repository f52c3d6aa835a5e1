import * as z from 'zod';
import type { RecordFilter } from './record-class.ts';
import { E164, IdInUrl } from './values.ts';

/** Whose records are erased: a user, or who has a number (functions/system/erasures/README.md). */
export const ErasedPerson = z.union([z.strictObject({ user_id: IdInUrl }), z.strictObject({ number: E164 })]);
export type ErasedPerson = Readonly<z.output<typeof ErasedPerson>>;

/** The records that are about a person. */
export const recordsAbout = (person: ErasedPerson): RecordFilter =>
  'number' in person ? { numbers: [person.number] } : { user_ids: [person.user_id] };
