import { notFound } from '../../../shared/errors.ts';
import { commits, created, ok, page } from '../../../shared/http/answers/answer.ts';
import type { Caller } from '../../../shared/http/admission/caller.ts';
import type { Request, Context } from '../../../shared/http/handlers.ts';
import { pinned } from '../../../shared/http/pinned.ts';
import { serve } from '../../../shared/http/serve.ts';
import { deleteSim, getSim, listSims, mobile, postSim, putSim } from './contract.ts';
import { changedSim, checkRemovable, iccidOf, newSim, presentSim, replacedSim, simEvent, type SimItem } from './sim.ts';
import { registration, removal, simStore, update } from './store.ts';

type Reads = Context<typeof mobile>['table'];
type Scope = 'telephony:read' | 'telephony:write';

const entityOf = ({ id }: SimItem) => ({ type: 'sim', id });

/** By its id or its ICCID; own-only callers have their own. */
async function found(table: Reads, id: string): Promise<SimItem | undefined> {
  const store = simStore(table);
  if (id.startsWith('sim_')) return store.get(id);
  const key = /^[0-9]/.test(id) ? await store.behind(id) : undefined;
  return key?.org_id === table.organization ? store.get(key.sim_id) : undefined;
}

async function present(
  table: Reads,
  id: string,
  { caller, scope }: { readonly caller: Caller; readonly scope: Scope },
): Promise<SimItem> {
  const sim = await found(table, id);
  if (sim === undefined || (caller.ownOnly.has(scope) && sim.user_id !== caller.id)) throw notFound('SIM');
  return sim;
}

async function put(
  { params, body, organization, now, record, pinnedVersion }: Request<typeof putSim>,
  { table, nextId }: Context<typeof mobile>,
) {
  const inPath = params.id === 'new' ? undefined : params.id;
  const before = inPath === undefined ? undefined : await found(table, inPath);
  // Ids are the platform's to make.
  if (inPath !== undefined && before === undefined && !/^[0-9]/.test(inPath)) throw notFound('SIM');
  const wanted = body();
  const iccid = iccidOf(wanted, { path: inPath, before });
  const [at, org] = [now.toISOString(), organization.org_id];
  const known = before ?? (await found(table, iccid));
  if (known === undefined) {
    const sim = newSim(wanted, { id: nextId('sim'), iccid, now: at });
    return commits(
      [
        ...registration(sim, org),
        record('sim.registered', { entity: entityOf(sim), description: `SIM ${iccid} registered`, after: sim }),
      ],
      created(presentSim(sim, org), { message: 'SIM registered successfully', version: 1 }),
    );
  }
  const after = replacedSim(pinned(known, pinnedVersion), wanted, at);
  return commits(
    [
      ...update(known, after, org),
      record('sim.updated', { entity: entityOf(after), description: `SIM ${iccid} replaced`, before: known, after }),
    ],
    ok(presentSim(after, org), { message: 'SIM updated successfully', version: after.version }),
  );
}

export const handler = serve(mobile, {
  [listSims.route]: async ({ query, caller, page: request, organization }, { table }) => {
    const { status, user_id: user, network, q } = query;
    const own = caller.ownOnly.has('telephony:read') ? caller.id : undefined;
    const wanted = (sim: SimItem): boolean =>
      (status === undefined || sim.status === status) &&
      (user === undefined || sim.user_id === user) &&
      (network === undefined || sim.network === network) &&
      (q === undefined ||
        [sim.label, sim.iccid, sim.msisdn].some((each) => each?.toLowerCase().includes(q.toLowerCase()) === true));
    const listed = await simStore(table).page(request(), own ?? user, wanted);
    return page({ ...listed, items: listed.items.map((sim) => presentSim(sim, organization.org_id)) });
  },

  [getSim.route]: async ({ params, caller, organization }, { table }) => {
    const sim = await present(table, params.id, { caller, scope: 'telephony:read' });
    return ok(presentSim(sim, organization.org_id), { version: sim.version });
  },

  [putSim.route]: put,

  [postSim.route]: async ({ params, body, caller, organization, now, record, pinnedVersion }, { table }) => {
    const before = await present(table, params.id, { caller, scope: 'telephony:write' });
    const wanted = body();
    const after = changedSim(pinned(before, pinnedVersion), wanted, now.toISOString());
    return commits(
      [
        ...update(before, after, organization.org_id),
        record(simEvent(wanted.action), {
          entity: entityOf(after),
          description: `SIM ${after.iccid}: ${wanted.action ?? 'updated'}`,
          before,
          after,
        }),
      ],
      ok(presentSim(after, organization.org_id), { message: 'SIM updated successfully', version: after.version }),
    );
  },

  [deleteSim.route]: async ({ params, caller, organization, now, record, pinnedVersion }, { table }) => {
    const sim = await present(table, params.id, { caller, scope: 'telephony:write' });
    pinned(sim, pinnedVersion);
    checkRemovable(sim);
    return commits(
      [
        ...removal(sim, organization.org_id),
        record('sim.deleted', { entity: entityOf(sim), description: `SIM ${sim.iccid} deleted`, before: sim }),
      ],
      ok({ id: sim.id, deleted_at: now.toISOString() }, { message: 'SIM deleted successfully' }),
    );
  },
});
