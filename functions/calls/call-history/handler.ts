import { notFound } from '#errors.ts';
import { page } from '#http/answers/answer.ts';
import type { Context, Request } from '#http/handlers.ts';
import { serve } from '#http/serve.ts';
import { dependenciesFromEnvironment } from '#runtime/dependencies.ts';
import { readNumber } from '#telephony/dialed-number.ts';
import { numberOriginOf } from '#telephony/number-format.ts';
import { callHistory, listPastCalls, listPastCallsOfCustomer } from './contract.ts';
import { daysOf, isCallOf, isPastCall, presentPast, type CalledUser } from './past-call.ts';
import { historyStore } from './store.ts';

type HistoryContext = Context<typeof callHistory>;
type HistoryRequest = Pick<Request<typeof listPastCalls>, 'query' | 'page' | 'own' | 'organization' | 'now'>;

/** A user, whose calls have this extension as callee. */
const readUser = ({ organization }: Pick<HistoryRequest, 'organization'>, { table }: HistoryContext, id: string) =>
  historyStore(table).user(id, (extension) => readNumber(extension, numberOriginOf(organization)) ?? extension);

/** The history of a user, or of the organization. Callers limited to their own records have their own calls. */
async function list(request: HistoryRequest, context: HistoryContext, named?: CalledUser) {
  const { query, page: pageOf, own, organization, now } = request;
  const range = daysOf(query, now.getTime());
  const user = named ?? (own.limitedTo === null ? undefined : await readUser(request, context, own.limitedTo));
  const isPast = isPastCall(query);
  const isOwn = user === undefined ? () => true : isCallOf(user);
  const past = { ...range, user, shards: organization.charge_shards };
  const found = await historyStore(context.table).page(pageOf(), past, (cdr) => isPast(cdr) && isOwn(cdr));
  return page({ ...found, items: found.items.map((cdr) => presentPast(cdr, user?.id ?? null)) });
}

async function listOfCustomer(request: Request<typeof listPastCallsOfCustomer>, context: HistoryContext) {
  const { params, own } = request;
  const { customerId: customer } = params;
  // An organization in the path is the one of the request.
  if (typeof customer === 'number') return list(request, context);
  const user = own.covers(customer) ? await readUser(request, context, customer) : undefined;
  if (user === undefined) throw notFound('Customer');
  return list(request, context, user);
}

/** The function of the histories of calls. */
export const historyHandler = (dependencies = dependenciesFromEnvironment()) =>
  serve(
    callHistory,
    {
      [listPastCalls.route]: (request, context) => list(request, context),
      [listPastCallsOfCustomer.route]: listOfCustomer,
    },
    dependencies,
  );

export const handler = historyHandler();
