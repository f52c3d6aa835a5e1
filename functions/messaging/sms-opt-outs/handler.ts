import { found } from '#errors.ts';
import { commits, created, ok } from '#http/answers/answer.ts';
import type { Context, Request } from '#http/handlers.ts';
import { assertPinnedVersion } from '#http/pinned-version.ts';
import { listOf } from '#http/resource-parts.ts';
import { serve } from '#http/serve.ts';
import { dependenciesFromEnvironment } from '#runtime/dependencies.ts';
import { readDialed } from '#telephony/dialed-user.ts';
import { liftOptOut, listOptOuts, optOut, smsOptOuts } from './contract.ts';
import { afterDecision, isOut, numberIn, optOutDetails, presentOptOut } from './opt-out.ts';
import { optOutWrite } from './row.ts';
import { optOutStore } from './store.ts';

type OptOutContext = Context<typeof smsOptOuts>;

async function put(request: Request<typeof optOut>, { table }: OptOutContext) {
  const { params, body, record, now, pinnedVersion } = request;
  const number = readDialed(numberIn(params.number));
  const before = await optOutStore(table).get(number);
  const after = afterDecision(before, { number, state: 'opted_out', reason: body().reason ?? null }, now);
  if (before !== undefined) assertPinnedVersion(before, pinnedVersion);
  const extras = { message: `${number} gets no SMS any more`, version: after.version };
  const shown = presentOptOut(after);
  return commits(
    [optOutWrite(before, after), record('sms.optout', optOutDetails(before, after))],
    isOut(before) ? ok(shown, extras) : created(shown, extras),
  );
}

async function lift(request: Request<typeof liftOptOut>, { table }: OptOutContext) {
  const { params, query, own, record, now, pinnedVersion } = request;
  // Rejected as an addition is, before the number is looked up.
  own.assertCovers(null);
  const number = readDialed(numberIn(params.number));
  const known = await optOutStore(table).get(number);
  const before = assertPinnedVersion(found(isOut(known) ? known : undefined, 'Opt-out'), pinnedVersion);
  const after = afterDecision(before, { number, state: 'opted_in', reason: query.reason }, now);
  return commits(
    [optOutWrite(before, after), record('sms.optin', optOutDetails(before, after))],
    ok({ id: number, deleted_at: now.toISOString() }, { message: `${number} may get SMS again` }),
  );
}

export const smsOptOutsHandler = (dependencies = dependenciesFromEnvironment()) =>
  serve(
    smsOptOuts,
    {
      [listOptOuts.route]: listOf(
        ({ query: { source }, page }: Request<typeof listOptOuts>, { table }: OptOutContext) =>
          optOutStore(table).page(page(), (item) => source === undefined || item.source === source),
        presentOptOut,
      ),
      [optOut.route]: put,
      [liftOptOut.route]: lift,
    },
    dependencies,
  );

export const handler = smsOptOutsHandler();
