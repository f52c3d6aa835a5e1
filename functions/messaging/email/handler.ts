import { notFound } from '../../../shared/errors.ts';
import { ok, page } from '../../../shared/http/answers/answer.ts';
import type { Caller } from '../../../shared/http/admission/caller.ts';
import { dependenciesFromEnvironment } from '../../../shared/runtime/dependencies.ts';
import { serve } from '../../../shared/http/serve.ts';
import { emails, getEmail, listEmails } from './contract.ts';
import { timeRange } from '../../../shared/schema/time-range.ts';
import { bounds, isWanted, presentEmail } from './email.ts';
import { prefetch, emailStore } from './store.ts';

/** Own-only callers have what they sent themselves, and what there is was sent by policies. */
const seesAny = ({ ownOnly }: Caller): boolean => !ownOnly.has('messaging:read');

/** @param outside what the function touches; tests bring their own */
export const emailHandler = (dependencies = dependenciesFromEnvironment()) =>
  serve(
    emails,
    {
      [listEmails.route]: async ({ query, page: pageOf, caller, now }, { table }) => {
        const range = timeRange(query, now.getTime(), bounds);
        const wanted = isWanted(query, range);
        const found = await emailStore(table).page(
          pageOf(),
          { ...query, ...range },
          (email) => seesAny(caller) && wanted(email),
        );
        return page({ ...found, items: found.items.map(presentEmail) });
      },
      [getEmail.route]: async ({ params: { id }, caller }, { table }) => {
        const email = await emailStore(table).get(id);
        if (email === undefined || !seesAny(caller)) throw notFound('E-mail');
        return ok(presentEmail(email));
      },
    },
    { ...dependencies, prefetch },
  );

export const handler = emailHandler();
