import type { LegalHold } from '#schema/legal-hold.ts';
import { found } from '#errors.ts';
import { commits, created, ok, page } from '#http/answers/answer.ts';
import type { Context, Request } from '#http/handlers.ts';
import { assertPinnedVersion } from '#http/pinned-version.ts';
import { serve } from '#http/serve.ts';
import { dependenciesFromEnvironment } from '#runtime/dependencies.ts';
import { foldText } from '#schema/searched-text.ts';
import { assertUsersOfRecords } from '../rows/users-of-records.ts';
import { legalHolds, listLegalHolds, releaseLegalHold, saveLegalHold } from './contract.ts';
import { changeHold, placeHold, presentHold, releaseHold } from './legal-hold.ts';
import { changeWrites, legalHoldStore, placeWrites, releaseWrites } from './store.ts';

type HoldsContext = Context<typeof legalHolds>;

const entityOf = ({ id }: LegalHold) => ({ type: 'legalhold', id });
/** What its count asks of the event: which version of the hold it counts. */
const versionOf = ({ version }: LegalHold) => ({ fields: { version } });

/** @throws AppError NOT_FOUND */
const findHold = async ({ table }: HoldsContext, id: string): Promise<LegalHold> =>
  found(await legalHoldStore(table).get(id), 'Legal hold');

async function list(request: Request<typeof listLegalHolds>, { table }: HoldsContext) {
  const { query, page: pageOf, organization } = request;
  const text = foldText(query.q ?? '');
  const holds = await legalHoldStore(table).page(
    pageOf(),
    ({ name, status }) => foldText(name).includes(text) && (query.status === undefined || query.status === status),
  );
  return page({ ...holds, items: holds.items.map((hold) => presentHold(hold, organization.org_id)) });
}

type SaveRequest = Request<typeof saveLegalHold>;

async function place({ body, caller, organization, now, record }: SaveRequest, { table, nextId }: HoldsContext) {
  const hold = placeHold(body(), { id: nextId('hold'), by: caller.id, now: now.toISOString() });
  await assertUsersOfRecords(table, hold);
  const details = {
    entity: entityOf(hold),
    description: `Legal hold ${hold.name} placed`,
    after: hold,
    ...versionOf(hold),
  };
  return commits(
    [...placeWrites(hold, await legalHoldStore(table).heads()), record('legalhold.placed', details)],
    created(presentHold(hold, organization.org_id), { message: 'Legal hold placed', version: hold.version }),
  );
}

async function change(request: SaveRequest, context: HoldsContext) {
  const { params, body, organization, now, record, pinnedVersion } = request;
  const before = await findHold(context, params.id);
  assertPinnedVersion(before, pinnedVersion);
  const after = changeHold(before, body(), now.toISOString());
  await assertUsersOfRecords(context.table, after, before);
  const description = `Legal hold ${after.name} changed`;
  const details = { entity: entityOf(after), description, before, after, ...versionOf(after) };
  return commits(
    [...changeWrites(before, after, await legalHoldStore(context.table).heads()), record('legalhold.changed', details)],
    ok(presentHold(after, organization.org_id), { message: 'Legal hold changed', version: after.version }),
  );
}

async function release(request: Request<typeof releaseLegalHold>, context: HoldsContext) {
  const { params, query, caller, organization, now, record, pinnedVersion } = request;
  const before = await findHold(context, params.id);
  assertPinnedVersion(before, pinnedVersion);
  const after = releaseHold(before, { by: caller.id, reason: query.reason, now: now.toISOString() });
  const details = { entity: entityOf(after), description: `Legal hold ${after.name} released`, before, after };
  return commits(
    [
      ...releaseWrites(before, after, await legalHoldStore(context.table).heads()),
      record('legalhold.released', details),
    ],
    ok(presentHold(after, organization.org_id), { message: 'Legal hold released', version: after.version }),
  );
}

/** The function of `/archiving/legalholds`. */
export const legalHoldsHandler = (dependencies = dependenciesFromEnvironment()) =>
  serve(
    legalHolds,
    {
      [listLegalHolds.route]: list,
      [saveLegalHold.route]: (request, context) =>
        request.params.id === 'new' ? place(request, context) : change(request, context),
      [releaseLegalHold.route]: release,
    },
    dependencies,
  );

export const handler = legalHoldsHandler();
