import type { EventType } from '../../../shared/contract/events.ts';
import type { TrunkItem } from '../../../shared/dynamodb/rows/trunk.ts';
import { invalid, notFound } from '../../../shared/errors.ts';
import { commits, created, ok } from '../../../shared/http/answers/answer.ts';
import type { Request, Context } from '../../../shared/http/handlers.ts';
import { serve } from '../../../shared/http/serve.ts';
import type { TrunkIp } from '../../../shared/telephony/trunk-addresses.ts';
import { deleteTrunkIp, getTrunkIps, postTrunkIp, putTrunkIps, sipTrunkIps } from './contract.ts';
import { trunkIpStore, writing } from './store.ts';
import { ipPosted, ipRemoved, ipsPut, presentIp, removalWarnings, type ListChange } from './trunk-ips.ts';

type IpsContext = Context<typeof sipTrunkIps>;
type Store = ReturnType<typeof trunkIpStore>;
type Changing = Pick<Request<typeof putTrunkIps>, 'record' | 'organization' | 'params'>;

const present = (trunk: TrunkItem | undefined): TrunkItem => {
  if (trunk === undefined) throw notFound('SIP trunk');
  return trunk;
};

/** A trunk with its addresses. */
async function found(store: Store, id: string) {
  const [trunk, read] = await Promise.all([store.trunk(id), store.ips(id)]);
  return { trunk: present(trunk), read, ips: read?.ips ?? [] };
}

const shownIps = (ips: readonly TrunkIp[]) =>
  ips.map(({ address, type, port, priority, active }) => ({ address, type, port, priority, active }));

/** What is written of a change, its events among it: one for each kind, about the trunk. */
async function changes(
  store: Store,
  { record, organization }: Changing,
  { trunk, read, ips }: Awaited<ReturnType<typeof found>>,
  change: ListChange,
) {
  const event = <T extends EventType>(type: T, concerned: readonly TrunkIp[], verb: string) =>
    concerned.length === 0
      ? []
      : [
          record(type, {
            entity: { type: 'trunk', id: trunk.id },
            description: `${concerned.map(({ address }) => address).join(', ')} ${verb} SIP trunk ${trunk.name}`,
            before: { ips: shownIps(ips) },
            after: { ips: shownIps(change.ips) },
            fields: { ip_ids: concerned.map(({ id }) => id) },
          }),
        ];
  return {
    saved: writing({
      organization: organization.org_id,
      trunk,
      read,
      ips: change.ips,
      spoken: await store.spoken(ips, change.ips),
    }),
    created: event('trunkip.created', change.added, 'added to'),
    updated: event('trunkip.updated', change.updated, 'updated on'),
    deleted: event('trunkip.deleted', change.removed, 'removed from'),
  };
}

async function putIps(request: Request<typeof putTrunkIps>, { table, nextId }: IpsContext) {
  const { params, query, body, now } = request;
  const store = trunkIpStore(table);
  const before = await found(store, params.entity);
  const { ips: wanted } = body();
  if (wanted.length === 0 && query.replace !== true) throw invalid('ips', 'must have an entry');
  const change = ipsPut(before.ips, wanted, query.replace === true, {
    trunk: before.trunk,
    nextId: () => nextId('ip'),
    now: now.toISOString(),
  });
  const { saved, created: added, updated, deleted } = await changes(store, request, before, change);
  const answer = { trunk_id: before.trunk.id, ips: [...change.shown] };
  const extras = { message: 'SIP trunk IPs configured successfully', warnings: removalWarnings(before.trunk, change) };
  const isNew = wanted.length > 0 && change.added.length === wanted.length;
  return commits([...saved, ...added, ...updated, ...deleted], isNew ? created(answer, extras) : ok(answer, extras));
}

export const handler = serve(sipTrunkIps, {
  [getTrunkIps.route]: async ({ params, query, page: request, caller }, { table }) => {
    const store = trunkIpStore(table);
    const isWanted = ({ type }: TrunkIp): boolean =>
      !caller.ownOnly.has('telephony:read') && (query.type === undefined || type === query.type);
    if (params.entity !== 'all') {
      const { trunk, ips } = await found(store, caller.ownOnly.has('telephony:read') ? '' : params.entity);
      return ok({ trunk_id: trunk.id, ips: ips.filter(isWanted) });
    }
    const { items, ...figures } = await store.page(request(), isWanted);
    return ok({ ips: [...items] }, { figures });
  },

  [putTrunkIps.route]: putIps,

  [postTrunkIp.route]: async (request, { table }) => {
    const store = trunkIpStore(table);
    const before = await found(store, request.params.entity);
    const change = ipPosted(before.ips, request.body(), request.now.toISOString());
    const { saved, updated } = await changes(store, request, before, change);
    return commits([...saved, ...updated], ok(change.after, { message: 'SIP trunk IP updated successfully' }));
  },

  [deleteTrunkIp.route]: async (request, { table }) => {
    const { params, query, now } = request;
    const store = trunkIpStore(table);
    const before = await found(store, params.entity);
    const ip = presentIp(before.ips, query.ip_id);
    const change = ipRemoved(before.ips, ip.id);
    const { saved, deleted } = await changes(store, request, before, change);
    return commits(
      [...saved, ...deleted],
      ok(
        { id: ip.id, deleted_at: now.toISOString() },
        { message: 'SIP trunk IP deleted successfully', warnings: removalWarnings(before.trunk, change) },
      ),
    );
  },
});
