import * as z from 'zod';
import { callStatuses, type Call } from '#schema/call.ts';
import { E164, IdInUrl } from '#schema/values.ts';
import { shownNumbers } from '#telephony/presented-call.ts';

/** The filters of the list of calls in progress. */
export const callFilters = {
  status: z.enum(callStatuses).optional().describe('Only calls in this state'),
  number: z
    .string()
    // In a query string an unescaped + decodes to a blank (https://url.spec.whatwg.org/#urlencoded-parsing).
    .transform((number) => number.replace(/^ /, '+'))
    .pipe(E164)
    .optional()
    .describe('Only calls of this caller or to this number (E.164)'),
  user_id: IdInUrl.optional().describe('Only calls of this user'),
  gateway: IdInUrl.optional().describe('Only calls over the gateway with this id'),
};

type Filters = { readonly [K in keyof typeof callFilters]?: z.output<(typeof callFilters)[K]> };

/** Whether a call matches the filters. The number of a withheld caller matches none. */
export function matchesFilters({ status, number, user_id: user, gateway }: Filters): (call: Call) => boolean {
  return (call) => {
    const { caller, called } = shownNumbers(call);
    return (
      (status === undefined || call.status === status) &&
      (number === undefined || caller === number || called === number) &&
      (user === undefined || call.user_id === user) &&
      (gateway === undefined || call.legs.some(({ gateway_id: id }) => id === gateway))
    );
  };
}
