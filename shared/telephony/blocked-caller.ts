import * as z from 'zod';
import { IdInUrl, Name } from '../schema/values.ts';
import { Blocked, isBlockedBy, type BlockableCaller } from './call-handling.ts';

/** Callers from outside that an organization blocks (functions/telephony/README.md, "Blocked callers"). */

const BlockFlow = z
  .object({ flow: IdInUrl.describe('Id of the call flow that answers in place of the called party') })
  .describe('A call flow that answers');

/** Fields of the body. */
export const blockedCallerFields = {
  name: Name.describe('Name of the entry, such as the reason; unique in the organization'),
  caller: Blocked.describe('Number (E.164), prefix such as `+1900…`, or `anonymous`: callers that name no number'),
  action: z
    .union([z.enum(['reject', 'busy']), BlockFlow], 'must be reject, busy, or the id of a flow')
    .default('reject')
    .describe('Answer to the caller: 603 Decline, 486 Busy Here, or a call flow'),
};

/** What is decided by, and no more. */
export const BlockedCaller = z.object({ id: z.string(), ...blockedCallerFields }).omit({ name: true });
export type BlockedCaller = z.output<typeof BlockedCaller>;

/** Numbers before prefixes, and longer prefixes before shorter ones, whatever they begin with. */
const byPrecision = (one: BlockedCaller, other: BlockedCaller): number =>
  Number(isPrefix(one)) - Number(isPrefix(other)) ||
  other.caller.length - one.caller.length ||
  (one.id < other.id ? -1 : 1);

const isPrefix = ({ caller }: BlockedCaller): boolean => caller.endsWith('…');

/** The entry that blocks a caller: the most precise one, of equal ones the oldest. Undefined: none does. */
export const blockOf = (blocked: readonly BlockedCaller[], caller: BlockableCaller): BlockedCaller | undefined =>
  blocked.filter((entry) => isBlockedBy([entry.caller], caller)).toSorted(byPrecision)[0];
