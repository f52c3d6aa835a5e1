import type { EventType } from '../../../shared/contract/events.ts';
import { found, invalid, notFound } from '../../../shared/errors.ts';
import type { Caller } from '../../../shared/http/admission/caller.ts';
import { coversRecord } from '../../../shared/http/authorization/own-records.ts';
import { sellsTo } from '../../../shared/http/authorization/selling.ts';
import { commits, created, ok } from '../../../shared/http/answers/answer.ts';
import type { Context, Request } from '../../../shared/http/handlers.ts';
import { serve } from '../../../shared/http/serve.ts';
import { dependenciesFromEnvironment } from '../../../shared/runtime/dependencies.ts';
import type { TrunkIp } from '../../../shared/telephony/trunk-addresses.ts';
import { deleteTrunkIp, listTrunkIps, saveTrunkIps, sipTrunkIps, updateTrunkIp } from './contract.ts';
import { saveWrites, trunkIpStore } from './store.ts';
import { changeIp, presentIp, putIps, removalWarnings, removeIp, type ListChange } from './trunk-ips.ts';

type IpsContext = Context<typeof sipTrunkIps>;
type Store = ReturnType<typeof trunkIpStore>;

/** Callers that see only what belongs to their user see no trunks: a trunk has no user. */
const seesTrunks = (caller: Caller): boolean => coversRecord(caller, 'telephony:read', null);

/** A trunk and its addresses, which the caller may change. @throws AppError NOT_FOUND */
async function findIps(store: Store, id: string, caller: Caller) {
  if (!coversRecord(caller, 'telephony:write', null)) throw notFound('SIP trunk');
  return readIps(store, id);
}

/** A trunk and its addresses. @throws AppError NOT_FOUND */
async function readIps(store: Store, id: string) {
  const [trunk, read] = await Promise.all([store.trunk(id), store.ips(id)]);
  return { trunk: found(trunk, 'SIP trunk'), read, ips: read?.ips ?? [] };
}

const loggedIps = (ips: readonly TrunkIp[]) =>
  ips.map(({ address, type, port, priority, active }) => ({ address, type, port, priority, active }));

/** The writes of a change, with one event about the trunk for each kind of change. */
async function changeWrites(
  store: Store,
  { record, organization }: Pick<Request<typeof saveTrunkIps>, 'record' | 'organization'>,
  { trunk, read, ips }: Awaited<ReturnType<typeof readIps>>,
  change: ListChange,
) {
  const event = <T extends EventType>(type: T, changed: readonly TrunkIp[], verb: string) =>
    changed.length === 0
      ? []
      : [
          record(type, {
            entity: { type: 'trunk', id: trunk.id },
            description: `${changed.map(({ address }) => address).join(', ')} ${verb} SIP trunk ${trunk.name}`,
            before: { ips: loggedIps(ips) },
            after: { ips: loggedIps(change.ips) },
            fields: { ip_ids: changed.map(({ id }) => id) },
          }),
        ];
  return {
    ips: saveWrites({
      organization: organization.org_id,
      trunk,
      read,
      ips: change.ips,
      owners: await store.owners(ips, change.ips),
    }),
    created: event('trunkip.created', change.added, 'added to'),
    updated: event('trunkip.updated', change.updated, 'updated on'),
    deleted: event('trunkip.deleted', change.removed, 'removed from'),
  };
}

async function list({ params, query, page, caller }: Request<typeof listTrunkIps>, { table }: IpsContext) {
  const store = trunkIpStore(table);
  const matches = ({ type }: TrunkIp): boolean =>
    seesTrunks(caller) && (query.type === undefined || type === query.type);
  if (params.entity !== 'all') {
    if (!seesTrunks(caller)) throw notFound('SIP trunk');
    const { trunk, ips } = await readIps(store, params.entity);
    return ok({ trunk_id: trunk.id, ips: ips.filter(matches).map(presentIp) });
  }
  const { items, ...figures } = await store.page(page(), matches);
  return ok({ ips: items.map((ip) => ({ ...presentIp(ip), trunk_id: ip.trunk_id })) }, { figures });
}

async function save(request: Request<typeof saveTrunkIps>, { table, nextId }: IpsContext) {
  const { params, query, body, now, organization, caller } = request;
  const store = trunkIpStore(table);
  const before = await findIps(store, params.entity, caller);
  const { ips: wanted } = body();
  if (wanted.length === 0 && query.replace !== true) throw invalid('ips', 'must have an entry');
  const change = putIps(before.ips, wanted, query.replace === true, {
    trunk: before.trunk,
    nextId: () => nextId('ip'),
    isSeller: sellsTo(organization, caller),
    now: now.toISOString(),
  });
  const writes = await changeWrites(store, request, before, change);
  const answer = { trunk_id: before.trunk.id, ips: change.saved.map(presentIp) };
  const extras = { message: 'SIP trunk IPs configured successfully', warnings: removalWarnings(before.trunk, change) };
  const areAllNew = wanted.length > 0 && change.added.length === wanted.length;
  return commits(
    [...writes.ips, ...writes.created, ...writes.updated, ...writes.deleted],
    areAllNew ? created(answer, extras) : ok(answer, extras),
  );
}

async function update(request: Request<typeof updateTrunkIp>, { table }: IpsContext) {
  const store = trunkIpStore(table);
  const before = await findIps(store, request.params.entity, request.caller);
  const isSeller = sellsTo(request.organization, request.caller);
  const change = changeIp(before.ips, request.body(), { isSeller, now: request.now.toISOString() });
  const { ips, updated } = await changeWrites(store, request, before, change);
  return commits([...ips, ...updated], ok(presentIp(change.after), { message: 'SIP trunk IP updated successfully' }));
}

async function remove(request: Request<typeof deleteTrunkIp>, { table }: IpsContext) {
  const { params, query, caller, now } = request;
  const store = trunkIpStore(table);
  const before = await findIps(store, params.entity, caller);
  const change = removeIp(before.ips, query.ip_id);
  const { ips, deleted } = await changeWrites(store, request, before, change);
  return commits(
    [...ips, ...deleted],
    ok(
      { id: query.ip_id, deleted_at: now.toISOString() },
      { message: 'SIP trunk IP deleted successfully', warnings: removalWarnings(before.trunk, change) },
    ),
  );
}

/** The function of `/siptrunkips`. */
export const trunkIpsHandler = (dependencies = dependenciesFromEnvironment()) =>
  serve(
    sipTrunkIps,
    {
      [listTrunkIps.route]: list,
      [saveTrunkIps.route]: save,
      [updateTrunkIp.route]: update,
      [deleteTrunkIp.route]: remove,
    },
    dependencies,
  );

export const handler = trunkIpsHandler();
