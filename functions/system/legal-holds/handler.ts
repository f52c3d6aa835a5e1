import type { LegalHold } from '#schema/legal-hold.ts';
import { found } from '#errors.ts';
import type { Context, Request } from '#http/handlers.ts';
import { commitUpdate, findPinned, listOf, saveOf, type ById, type InOrganization } from '#http/resource-parts.ts';
import { serve } from '#http/serve.ts';
import { dependenciesFromEnvironment } from '#runtime/dependencies.ts';
import type { Audit } from '#schema/audit.ts';
import { foldText } from '#schema/searched-text.ts';
import { assertUsersOfRecords } from '../rows/users-of-records.ts';
import { legalHolds, listLegalHolds, releaseLegalHold, saveLegalHold } from './contract.ts';
import { changeHold, placeHold, presentHold, releaseHold } from './legal-hold.ts';
import { legalHoldStore, releaseWrites, saveWrites } from './store.ts';

type HoldsContext = Context<typeof legalHolds>;

/** The words for its changes. */
const words = { created: 'placed', updated: 'changed', deleted: 'released' } as const;

const audit = {
  type: 'legalhold',
  created: 'legalhold.placed',
  updated: 'legalhold.changed',
  deleted: 'legalhold.released',
  describe: ({ name }, verb) => `Legal hold ${name} ${words[verb]}`,
  logged: (hold) => hold,
  messageOf: (verb) => `Legal hold ${words[verb]}`,
} as const satisfies Audit<LegalHold>;

/** What its count asks of the event: which version of the hold it counts. */
const versionOf = ({ version }: LegalHold) => ({ fields: { version } });

/** @throws AppError NOT_FOUND, VERSION_CONFLICT */
const find = findPinned(async ({ params }: ById, { table }: HoldsContext): Promise<LegalHold> =>
  found(await legalHoldStore(table).get(params.id), 'Legal hold'),
);

function read({ query, page: pageOf }: Request<typeof listLegalHolds>, { table }: HoldsContext) {
  const text = foldText(query.q ?? '');
  return legalHoldStore(table).page(
    pageOf(),
    ({ name, status }) => foldText(name).includes(text) && (query.status === undefined || query.status === status),
  );
}

const present = (hold: LegalHold, { organization }: InOrganization) => presentHold(hold, organization.org_id);

type SaveRequest = Request<typeof saveLegalHold>;

async function decide(before: LegalHold | undefined, { body, caller, now }: SaveRequest, context: HoldsContext) {
  const at = now.toISOString();
  const hold =
    before === undefined
      ? placeHold(body(), { id: context.nextId('hold'), by: caller.id, now: at })
      : changeHold(before, body(), at);
  await assertUsersOfRecords(context.table, hold, before);
  return hold;
}

const conclude = async (
  before: LegalHold | undefined,
  after: LegalHold,
  _request: SaveRequest,
  { table }: HoldsContext,
) => ({
  writes: saveWrites(before, after, await legalHoldStore(table).heads()),
  ...versionOf(after),
});

/** A hold that is released stays: its event shows what changes. */
const releaseAudit = {
  ...audit,
  updated: audit.deleted,
  describe: (hold: LegalHold) => audit.describe(hold, 'deleted'),
  messageOf: () => audit.messageOf('deleted'),
};

async function release(request: Request<typeof releaseLegalHold>, context: HoldsContext) {
  const { query, caller, now } = request;
  const before = await find(request, context);
  const after = releaseHold(before, { by: caller.id, reason: query.reason, now: now.toISOString() });
  const heads = await legalHoldStore(context.table).heads();
  return commitUpdate(
    releaseAudit,
    request,
    { before, after },
    { writes: releaseWrites(before, after, heads), shown: present(after, request) },
  );
}

/** The function of `/archiving/legalholds`. */
export const legalHoldsHandler = (dependencies = dependenciesFromEnvironment()) =>
  serve(
    legalHolds,
    {
      [listLegalHolds.route]: listOf(read, present),
      [saveLegalHold.route]: saveOf(audit, { find, decide, conclude, present }),
      [releaseLegalHold.route]: release,
    },
    dependencies,
  );

export const handler = legalHoldsHandler();
