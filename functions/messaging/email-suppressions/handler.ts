import { commits, ok, page } from '#http/answers/answer.ts';
import type { Context, Request } from '#http/handlers.ts';
import { serve } from '#http/serve.ts';
import { dependenciesFromEnvironment } from '#runtime/dependencies.ts';
import { emailSuppressions, liftEmailSuppression, listEmailSuppressions } from './contract.ts';
import { liftWrites, suppressionStore } from './store.ts';
import { isSuppressed, presentSuppression } from './suppression.ts';

type SuppressionsContext = Context<typeof emailSuppressions>;

async function list(
  { query, page: pageOf, now }: Request<typeof listEmailSuppressions>,
  { table }: SuppressionsContext,
) {
  const suppressions = await suppressionStore(table).page(
    pageOf(),
    (each) => isSuppressed(each, now) && (query.reason === undefined || each.reason === query.reason),
  );
  return page({ ...suppressions, items: suppressions.items.map((each) => presentSuppression(each, now)) });
}

async function lift(
  { params: { address }, now, record }: Request<typeof liftEmailSuppression>,
  { table }: SuppressionsContext,
) {
  const known = await suppressionStore(table).get(address);
  const before = presentSuppression(known, now);
  const event = record('email.unsuppressed', {
    entity: { type: 'email', id: address },
    description: `Address ${address} gets e-mail again`,
    before,
  });
  return commits(
    [...(known === undefined ? [] : liftWrites(known)), event],
    ok({ id: address, deleted_at: now.toISOString() }, { message: 'The address gets e-mail again' }),
  );
}

export const emailSuppressionsHandler = (dependencies = dependenciesFromEnvironment()) =>
  serve(emailSuppressions, { [listEmailSuppressions.route]: list, [liftEmailSuppression.route]: lift }, dependencies);

export const handler = emailSuppressionsHandler();
