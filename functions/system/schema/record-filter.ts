import * as z from 'zod';
import { E164, IdInUrl } from '#schema/values.ts';

/** Values of a list in a filter of records. */
const maxListed = 1_000;

/** A list of a filter: a record fits if it has one of the values. */
export const anyOf = <S extends z.ZodType<string, string>>(of: S, description: string) =>
  z.array(of).min(1, 'must not be empty; leave it out for all').max(maxListed).optional().describe(description);

/** What filters of policies and of legal holds have in common. */
export const partyFields = {
  user_ids: anyOf(IdInUrl, 'Records of these users, who are or were users of the organization'),
  numbers: anyOf(E164, 'Records with one of these numbers (E.164) as a party; none of the event log'),
};
