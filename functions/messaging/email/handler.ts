import { found } from '../../../shared/errors.ts';
import { ok, page } from '../../../shared/http/answers/answer.ts';
import { coversRecord } from '../../../shared/http/authorization/own-records.ts';
import type { Context, Request } from '../../../shared/http/handlers.ts';
import { serve } from '../../../shared/http/serve.ts';
import { objectsFromEnvironment } from '../../../shared/objects/objects.ts';
import { dependenciesFromEnvironment } from '../../../shared/runtime/dependencies.ts';
import { timeRange } from '../../../shared/schema/time-range.ts';
import { presentBatch } from './batch.ts';
import { emails, getEmail, listEmails, sendEmail } from './contract.ts';
import { bounds, matches, presentEmail } from './email.ts';
import { send } from './sending-session.ts';
import { emailStore, prefetch } from './store.ts';

type EmailContext = Context<typeof emails>;

async function list({ query, page: pageOf, caller, now }: Request<typeof listEmails>, { table }: EmailContext) {
  const range = timeRange(query, now.getTime(), bounds);
  const isMatch = matches(query, range);
  const sentBy = caller.ownOnly.has('messaging:read') ? caller.id : null;
  const listed = await emailStore(table).page(
    pageOf(),
    { filters: { ...query, ...range }, sentBy },
    (email) => coversRecord(caller, 'messaging:read', email.sent_by) && isMatch(email),
  );
  return page({ ...listed, items: listed.items.map(presentEmail) });
}

async function get({ params: { id }, caller }: Request<typeof getEmail>, { table }: EmailContext) {
  const store = emailStore(table);
  const sees = (record: { readonly sent_by?: string | undefined } | undefined): boolean =>
    record !== undefined && coversRecord(caller, 'messaging:read', record.sent_by);
  if (!id.startsWith('ebatch_')) {
    const email = await store.get(id);
    return ok(presentEmail(found(sees(email) ? email : undefined, 'E-mail')));
  }
  const stored = await store.batch(id);
  const batch = found(sees(stored) ? stored : undefined, 'E-mail');
  return ok(presentBatch(batch, await store.emailsOf(batch)));
}

export const emailHandler = (dependencies = dependenciesFromEnvironment({ objects: objectsFromEnvironment() })) =>
  serve(
    emails,
    { [sendEmail.route]: send, [listEmails.route]: list, [getEmail.route]: get },
    { ...dependencies, prefetch },
  );

export const handler = emailHandler();
