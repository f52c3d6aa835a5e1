import { found, notFound } from '#errors.ts';
import type { Context, Request } from '#http/handlers.ts';
import { assertPinnedVersion } from '#http/pinned-version.ts';
import {
  commitCreation,
  commitUpdate,
  deleteOf,
  getOf,
  listOf,
  type ById,
  type InOrganization,
} from '#http/resource-parts.ts';
import { serve } from '#http/serve.ts';
import { dependenciesFromEnvironment } from '#runtime/dependencies.ts';
import { auditOf } from '#schema/audit.ts';
import { deleteSim, getSim, listSims, mobile, saveSim, updateSim } from './contract.ts';
import { assertDeletable, changeSim, iccidOf, newSim, presentSim, replaceSim, simEvent, type SimItem } from './sim.ts';
import { simStore, simWrites } from './store.ts';

type MobileContext = Context<typeof mobile>;

/** The words for its changes in descriptions. */
const words = { created: 'registered', updated: 'replaced', deleted: 'deleted' } as const;

const audit = {
  ...auditOf('sim', {
    noun: 'SIM',
    describe: ({ iccid }: SimItem, verb) => `SIM ${iccid} ${words[verb]}`,
  }),
  created: 'sim.registered',
} as const;

const present = (sim: SimItem, { organization }: InOrganization) => presentSim(sim, organization.org_id);
const isIccid = (text: string): boolean => /^[0-9]/.test(text);

/** A SIM of the organization by its id or ICCID. @throws AppError NOT_FOUND if it does not exist for the caller */
async function readSim({ table }: MobileContext, id: string): Promise<SimItem | undefined> {
  const store = simStore(table);
  if (id.startsWith('sim_')) return store.get(id);
  const owner = isIccid(id) ? await store.withIccid(id) : undefined;
  return owner?.org_id === table.organization ? found(await store.get(owner.sim_id), 'SIM') : undefined;
}

/** @throws AppError NOT_FOUND */
const find = async ({ params }: ById, context: MobileContext): Promise<SimItem> =>
  found(await readSim(context, params.id), 'SIM');

function read({ query, own, page: pageOf }: Request<typeof listSims>, { table }: MobileContext) {
  const { status, user_id: user, network, q } = query;
  const contains = (part: string, { label, iccid, msisdn }: SimItem): boolean =>
    [label, iccid, msisdn].some((each) => each?.toLowerCase().includes(part.toLowerCase()) === true);
  const matches = (sim: SimItem): boolean =>
    (status === undefined || sim.status === status) &&
    (user === undefined || sim.user_id === user) &&
    (network === undefined || sim.network === network) &&
    (q === undefined || contains(q, sim));
  return simStore(table).page(pageOf(), own.limitedTo ?? user, matches);
}

async function save(request: Request<typeof saveSim>, context: MobileContext) {
  const { params, body, organization, now, pinnedVersion } = request;
  const inPath = params.id === 'new' ? undefined : params.id;
  const before = inPath === undefined ? undefined : await readSim(context, inPath);
  // The platform assigns ids: an unknown one is not registered.
  if (inPath !== undefined && before === undefined && !isIccid(inPath)) throw notFound('SIM');
  const wanted = body();
  const iccid = iccidOf(wanted, { path: inPath, before });
  const [at, owner] = [now.toISOString(), organization.org_id];
  const known = before ?? (await readSim(context, iccid));
  if (known === undefined) {
    const sim = newSim(wanted, { id: context.nextId('sim'), iccid, now: at });
    return commitCreation(audit, request, sim, {
      writes: simWrites(owner)(undefined, sim),
      shown: present(sim, request),
      message: 'SIM registered successfully',
    });
  }
  const after = replaceSim(assertPinnedVersion(known, pinnedVersion), wanted, at);
  return commitUpdate(
    audit,
    request,
    { before: known, after },
    { writes: simWrites(owner)(known, after), shown: present(after, request) },
  );
}

/** Events and words of an action. */
const auditOfAction = (action: Parameters<typeof simEvent>[0]) => ({
  ...audit,
  updated: simEvent(action),
  describe: ({ iccid }: SimItem) => `SIM ${iccid}: ${action ?? 'updated'}`,
});

async function update(request: Request<typeof updateSim>, context: MobileContext) {
  const { body, organization, now, pinnedVersion } = request;
  const before = await find(request, context);
  const wanted = body();
  const after = changeSim(assertPinnedVersion(before, pinnedVersion), wanted, now.toISOString());
  return commitUpdate(
    auditOfAction(wanted.action),
    request,
    { before, after },
    { writes: simWrites(organization.org_id)(before, after), shown: present(after, request) },
  );
}

function concludeDeletion(sim: SimItem, { organization }: InOrganization) {
  assertDeletable(sim);
  return { writes: simWrites(organization.org_id)(sim, undefined) };
}

/** The function of `/mobile`. */
export const mobileHandler = (dependencies = dependenciesFromEnvironment()) =>
  serve(
    mobile,
    {
      [listSims.route]: listOf(read, present),
      [getSim.route]: getOf(find, present),
      [saveSim.route]: save,
      [updateSim.route]: update,
      [deleteSim.route]: deleteOf(audit, find, concludeDeletion),
    },
    dependencies,
  );

export const handler = mobileHandler();
