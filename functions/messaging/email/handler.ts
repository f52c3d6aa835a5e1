import { found } from '#errors.ts';
import { ok, page } from '#http/answers/answer.ts';
import type { Context, Request } from '#http/handlers.ts';
import { serve } from '#http/serve.ts';
import { objectsFromEnvironment } from '#objects/objects.ts';
import { dependenciesFromEnvironment } from '#runtime/dependencies.ts';
import { timeRange } from '#schema/time-range.ts';
import { presentBatch } from './batch.ts';
import { emails, getEmail, listEmails, sendEmail } from './contract.ts';
import { bounds, matches, presentEmail } from './email.ts';
import { send } from './sending-steps.ts';
import { emailStore, prefetch } from './store.ts';

type EmailContext = Context<typeof emails>;

async function list({ query, page: pageOf, own, now }: Request<typeof listEmails>, { table }: EmailContext) {
  const range = timeRange(query, now.getTime(), bounds);
  const wanted = { filters: { ...query, ...range }, sentBy: own.limitedTo };
  const listed = await emailStore(table).page(pageOf(), wanted, matches(query, range));
  return page({ ...listed, items: listed.items.map(presentEmail) });
}

async function get({ params: { id } }: Request<typeof getEmail>, { table }: EmailContext) {
  const store = emailStore(table);
  if (!id.startsWith('ebatch_')) return ok(presentEmail(found(await store.get(id), 'E-mail')));
  const batch = found(await store.batch(id), 'E-mail');
  return ok(presentBatch(batch, await store.emailsOf(batch)));
}

export const emailHandler = (dependencies = dependenciesFromEnvironment({ objects: objectsFromEnvironment() })) =>
  serve(
    emails,
    { [sendEmail.route]: send, [listEmails.route]: list, [getEmail.route]: get },
    { ...dependencies, prefetch },
  );

export const handler = emailHandler();
