import type { EventType } from '#contract/events.ts';
import { AppError, found, invalid } from '#errors.ts';
import { sellsTo } from '#http/authorization/selling.ts';
import { commits, created, ok } from '#http/answers/answer.ts';
import type { Context, Request } from '#http/handlers.ts';
import { assertMaySend, newBrake, windowsOfStore } from '#limits/brake.ts';
import { listedOrganizations } from '#dynamodb/listed-resources.ts';
import { organizationText } from '#schema/values.ts';
import { serve } from '#http/serve.ts';
import { ipsWrites } from '../rows/trunk-ip.ts';
import { randomHex } from '#credentials/random.ts';
import { secretHash } from '#schema/secret-hash.ts';
import { sidecarFromEnvironment } from '#sidecar/client.ts';
import { dependenciesFromEnvironment, type Dependencies } from '#runtime/dependencies.ts';
import { lacksProof, presentIp, proofOf, type TrunkIp } from '#telephony/trunk-addresses.ts';
import { deleteTrunkIp, listTrunkIps, saveTrunkIps, sipTrunkIps, updateTrunkIp, verifyTrunkIp } from './contract.ts';
import { trunkIpStore, trunkWrite } from './store.ts';
import {
  challengeIp,
  challengeTtl,
  findProvable,
  proveIp,
  changeIp,
  putIps,
  removalWarnings,
  removeIp,
  trunkIpErrors,
  type ListChange,
} from './trunk-ips.ts';

type IpsContext = Context<typeof sipTrunkIps>;
type Store = ReturnType<typeof trunkIpStore>;

/** Seconds to wait for the response to a challenge. */
const challengeTimeout = 5;

/** A trunk and its addresses. @throws AppError NOT_FOUND */
async function readIps(store: Store, id: string) {
  const [trunk, read] = await Promise.all([store.trunk(id), store.ips(id)]);
  return { trunk: found(trunk, 'SIP trunk'), read, ips: read?.ips ?? [] };
}

const loggedIps = (ips: readonly TrunkIp[]) =>
  ips.map(({ address, type, port, priority, active, ...proof }) => ({
    address,
    type,
    port,
    priority,
    active,
    ...proofOf(proof),
  }));

/** The writes of a change, with one event about the trunk for each kind of change. */
async function changeWrites(
  store: Store,
  {
    record,
    organization,
    caller,
    now,
  }: Pick<Request<typeof saveTrunkIps>, 'record' | 'organization' | 'caller' | 'now'>,
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
    ips: [
      trunkWrite(trunk, sellsTo(organization, caller), now.toISOString()),
      ...(await store.changeWrites({ trunk, owner: organization, read, after: change.ips })),
    ],
    created: event('trunkip.created', change.added, 'added to'),
    updated: event('trunkip.updated', change.updated, 'updated on'),
    deleted: event('trunkip.deleted', change.removed, 'removed from'),
  };
}

async function list(request: Request<typeof listTrunkIps>, { table }: IpsContext) {
  const { params, query, page } = request;
  const store = trunkIpStore(table);
  const matches = (ip: TrunkIp): boolean =>
    (query.type === undefined || ip.type === query.type) && (query.proof === undefined || lacksProof(ip));
  if (params.entity !== 'all') {
    const { trunk, ips } = await readIps(store, params.entity);
    return ok({ trunk_id: trunk.id, ips: ips.filter(matches).map(presentIp) });
  }
  const listed = query.proof === undefined ? ({ kind: 'one' } as const) : listedOrganizations(request);
  const { items, ...figures } = await store.page(page(), listed, matches);
  const ips = items.map(({ trunk_id, org_id, ...ip }) => ({
    ...presentIp(ip),
    trunk_id,
    organization_id: organizationText(org_id),
  }));
  return ok({ ips }, { figures });
}

async function save(request: Request<typeof saveTrunkIps>, { table, nextId }: IpsContext) {
  const { params, query, body, now, organization, caller } = request;
  const store = trunkIpStore(table);
  const before = await readIps(store, params.entity);
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
  const before = await readIps(store, request.params.entity);
  const isSeller = sellsTo(request.organization, request.caller);
  const change = changeIp(before.ips, request.body(), { isSeller, now: request.now.toISOString() });
  const { ips, updated } = await changeWrites(store, request, before, change);
  return commits([...ips, ...updated], ok(presentIp(change.after), { message: 'SIP trunk IP updated successfully' }));
}

/**
 * Where phones of another organization are, or another one has proven the address, no one proves it: the seller says
 * whose it is. @throws AppError IP_IN_USE, TRUNK_UNREACHABLE
 */
async function assertProvable(
  store: Store,
  { address }: TrunkIp,
  organization: number,
  { ask, nextId }: Pick<IpsContext, 'ask' | 'nextId'>,
): Promise<void> {
  const [owners, hasPhones] = await Promise.all([
    store.provenBy(address),
    ask('sip-sidecar')
      .hasPhonesAt({ id: nextId('cmd'), organization, address, timeout_seconds: challengeTimeout })
      .catch(() => {
        throw new AppError(trunkIpErrors.TRUNK_UNREACHABLE, 'The SIP service does not answer; try again later');
      }),
  ]);
  if (hasPhones || owners.some((owner) => owner !== organization))
    throw new AppError('IP_IN_USE', `${address} is in use by another organization; ask your seller to trust it`);
}

/** Sends a token to an address. @throws AppError RATE_LIMITED, TRUNK_UNREACHABLE */
async function challenge(
  { organization, now }: Pick<Request<typeof verifyTrunkIp>, 'organization' | 'now'>,
  { id, address, port }: TrunkIp,
  { ask, nextId, dependencies }: IpsContext,
) {
  const sending = { organization: organization.org_id, target: address };
  await assertMaySend(newBrake(windowsOfStore(dependencies.store)), 'address-challenge', sending, now);
  const token = randomHex(16);
  const outcome = await ask('sip-sidecar').challengeAddress({
    id: nextId('cmd'),
    address,
    port,
    token,
    timeout_seconds: challengeTimeout,
  });
  if (outcome.kind === 'unreachable')
    throw new AppError(trunkIpErrors.TRUNK_UNREACHABLE, `Nothing can be sent to ${address} port ${port}`);
  return { id, hash: secretHash(token), response_code: outcome.kind === 'answered' ? outcome.response_code : null };
}

async function verify(request: Request<typeof verifyTrunkIp>, context: IpsContext) {
  const { params, now, organization } = request;
  const store = trunkIpStore(context.table);
  const before = await readIps(store, params.entity);
  const { ip_id: id, token } = request.body();
  const ip = findProvable(before.ips, id);
  const { org_id } = organization;
  if (token === undefined) {
    await assertProvable(store, ip, org_id, context);
    const { hash, response_code } = await challenge(request, ip, context);
    const after = challengeIp(before.ips, id, hash, now);
    const expires_at = new Date(now.getTime() + challengeTtl).toISOString();
    return commits(
      ipsWrites({ ...before, owner: organization, after }),
      ok({ ...presentIp(ip), expires_at, response_code }, { message: 'A token was sent to the address' }),
    );
  }
  const change = proveIp(before.ips, id, secretHash(token), now.toISOString());
  await assertProvable(store, ip, org_id, context);
  const { ips, updated } = await changeWrites(store, request, before, change);
  const answer = { ...presentIp(change.after), expires_at: null, response_code: null };
  return commits([...ips, ...updated], ok(answer, { message: 'The address is proven' }));
}

async function remove(request: Request<typeof deleteTrunkIp>, { table }: IpsContext) {
  const { params, query, now } = request;
  const store = trunkIpStore(table);
  const before = await readIps(store, params.entity);
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
export const trunkIpsHandler = (
  dependencies: Dependencies = dependenciesFromEnvironment({ sidecar: sidecarFromEnvironment() }),
) =>
  serve(
    sipTrunkIps,
    {
      [listTrunkIps.route]: list,
      [saveTrunkIps.route]: save,
      [updateTrunkIp.route]: update,
      [verifyTrunkIp.route]: verify,
      [deleteTrunkIp.route]: remove,
    },
    dependencies,
  );

export const handler = trunkIpsHandler();
