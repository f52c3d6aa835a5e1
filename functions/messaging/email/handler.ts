import { found } from '../../../shared/errors.ts';
import { ok, page } from '../../../shared/http/answers/answer.ts';
import type { Caller } from '../../../shared/http/admission/caller.ts';
import { dependenciesFromEnvironment } from '../../../shared/runtime/dependencies.ts';
import { serve } from '../../../shared/http/serve.ts';
import { emails, getEmail, listEmails } from './contract.ts';
import { timeRange } from '../../../shared/schema/time-range.ts';
import { bounds, matches, presentEmail } from './email.ts';
import { prefetch, emailStore } from './store.ts';

/** Own-only callers see e-mails that they sent; so far only policies send any. */
const seesAny = ({ ownOnly }: Caller): boolean => !ownOnly.has('messaging:read');

export const emailHandler = (dependencies = dependenciesFromEnvironment()) =>
  serve(
    emails,
    {
      [listEmails.route]: async ({ query, page: pageOf, caller, now }, { table }) => {
        const range = timeRange(query, now.getTime(), bounds);
        const isMatch = matches(query, range);
        const listed = await emailStore(table).page(
          pageOf(),
          { ...query, ...range },
          (email) => seesAny(caller) && isMatch(email),
        );
        return page({ ...listed, items: listed.items.map(presentEmail) });
      },
      [getEmail.route]: async ({ params: { id }, caller }, { table }) => {
        const email = await emailStore(table).get(id);
        return ok(presentEmail(found(seesAny(caller) ? email : undefined, 'E-mail')));
      },
    },
    { ...dependencies, prefetch },
  );

export const handler = emailHandler();
