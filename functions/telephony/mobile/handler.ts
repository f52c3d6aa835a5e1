import { found, notFound } from '#errors.ts';
import { commits, created, ok, page } from '#http/answers/answer.ts';
import type { Context, Request } from '#http/handlers.ts';
import { assertPinnedVersion } from '#http/pinned-version.ts';
import { serve } from '#http/serve.ts';
import { dependenciesFromEnvironment } from '#runtime/dependencies.ts';
import { deleteSim, getSim, listSims, mobile, saveSim, updateSim } from './contract.ts';
import { assertDeletable, changeSim, iccidOf, newSim, presentSim, replaceSim, simEvent, type SimItem } from './sim.ts';
import { createWrites, deleteWrites, simStore, updateWrites } from './store.ts';

type MobileContext = Context<typeof mobile>;

const entityOf = ({ id }: SimItem) => ({ type: 'sim', id });
const isIccid = (text: string): boolean => /^[0-9]/.test(text);

/** A SIM of the organization by its id or ICCID. @throws AppError NOT_FOUND if it does not exist for the caller */
async function readSim({ table }: MobileContext, id: string): Promise<SimItem | undefined> {
  const store = simStore(table);
  if (id.startsWith('sim_')) return store.get(id);
  const owner = isIccid(id) ? await store.withIccid(id) : undefined;
  return owner?.org_id === table.organization ? found(await store.get(owner.sim_id), 'SIM') : undefined;
}

/** @throws AppError NOT_FOUND */
const findSim = async (context: MobileContext, id: string): Promise<SimItem> =>
  found(await readSim(context, id), 'SIM');

async function list({ query, own, page: pageOf, organization }: Request<typeof listSims>, { table }: MobileContext) {
  const { status, user_id: user, network, q } = query;
  const contains = (part: string, { label, iccid, msisdn }: SimItem): boolean =>
    [label, iccid, msisdn].some((each) => each?.toLowerCase().includes(part.toLowerCase()) === true);
  const matches = (sim: SimItem): boolean =>
    (status === undefined || sim.status === status) &&
    (user === undefined || sim.user_id === user) &&
    (network === undefined || sim.network === network) &&
    (q === undefined || contains(q, sim));
  const sims = await simStore(table).page(pageOf(), own.limitedTo ?? user, matches);
  return page({ ...sims, items: sims.items.map((sim) => presentSim(sim, organization.org_id)) });
}

async function get(request: Request<typeof getSim>, context: MobileContext) {
  const sim = await findSim(context, request.params.id);
  return ok(presentSim(sim, request.organization.org_id), { version: sim.version });
}

async function save(request: Request<typeof saveSim>, context: MobileContext) {
  const { params, body, organization, now, record, pinnedVersion } = request;
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
    return commits(
      [
        ...createWrites(sim, owner),
        record('sim.registered', { entity: entityOf(sim), description: `SIM ${iccid} registered`, after: sim }),
      ],
      created(presentSim(sim, owner), { message: 'SIM registered successfully', version: 1 }),
    );
  }
  const after = replaceSim(assertPinnedVersion(known, pinnedVersion), wanted, at);
  return commits(
    [
      ...updateWrites(known, after, owner),
      record('sim.updated', { entity: entityOf(after), description: `SIM ${iccid} replaced`, before: known, after }),
    ],
    ok(presentSim(after, owner), { message: 'SIM updated successfully', version: after.version }),
  );
}

async function update(request: Request<typeof updateSim>, context: MobileContext) {
  const { body, organization, now, record, pinnedVersion } = request;
  const before = await findSim(context, request.params.id);
  const wanted = body();
  const after = changeSim(assertPinnedVersion(before, pinnedVersion), wanted, now.toISOString());
  const description = `SIM ${after.iccid}: ${wanted.action ?? 'updated'}`;
  return commits(
    [
      ...updateWrites(before, after, organization.org_id),
      record(simEvent(wanted.action), { entity: entityOf(after), description, before, after }),
    ],
    ok(presentSim(after, organization.org_id), { message: 'SIM updated successfully', version: after.version }),
  );
}

async function remove(request: Request<typeof deleteSim>, context: MobileContext) {
  const { organization, now, record, pinnedVersion } = request;
  const sim = await findSim(context, request.params.id);
  assertPinnedVersion(sim, pinnedVersion);
  assertDeletable(sim);
  return commits(
    [
      ...deleteWrites(sim, organization.org_id),
      record('sim.deleted', { entity: entityOf(sim), description: `SIM ${sim.iccid} deleted`, before: sim }),
    ],
    ok({ id: sim.id, deleted_at: now.toISOString() }, { message: 'SIM deleted successfully' }),
  );
}

/** The function of `/mobile`. */
export const mobileHandler = (dependencies = dependenciesFromEnvironment()) =>
  serve(
    mobile,
    {
      [listSims.route]: list,
      [getSim.route]: get,
      [saveSim.route]: save,
      [updateSim.route]: update,
      [deleteSim.route]: remove,
    },
    dependencies,
  );

export const handler = mobileHandler();
