import { notFound } from '#errors.ts';
import { page } from '#http/answers/answer.ts';
import type { Context, Request } from '#http/handlers.ts';
import { serve } from '#http/serve.ts';
import { dependenciesFromEnvironment } from '#runtime/dependencies.ts';
import { callHistory, listPastCalls, listPastCallsOfCustomer } from './contract.ts';
import { daysOf, isPastCall, presentPast } from './past-call.ts';
import { historyStore } from './store.ts';

type HistoryContext = Context<typeof callHistory>;
type HistoryRequest = Pick<Request<typeof listPastCalls>, 'query' | 'page' | 'own' | 'organization' | 'now'>;

/** The history of a user, or of the organization. Callers limited to their own records have their own calls. */
async function list(
  { query, page: pageOf, own, organization, now }: HistoryRequest,
  { table }: HistoryContext,
  user?: string,
) {
  const past = {
    ...daysOf(query, now.getTime()),
    user: user ?? own.limitedTo ?? undefined,
    shards: organization.charge_shards,
  };
  const found = await historyStore(table).page(pageOf(), past, isPastCall(query));
  return page({ ...found, items: found.items.map(presentPast) });
}

async function listOfCustomer(request: Request<typeof listPastCallsOfCustomer>, context: HistoryContext) {
  const { params, own } = request;
  const { customerId: customer } = params;
  // An organization in the path is the one of the request.
  if (typeof customer === 'number') return list(request, context);
  if (!own.covers(customer) || !(await historyStore(context.table).hasUser(customer))) throw notFound('Customer');
  return list(request, context, customer);
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
