import { found, invalidParameter } from '#errors.ts';
import { commits, ok } from '#http/answers/answer.ts';
import type { Context, Request } from '#http/handlers.ts';
import { serve } from '#http/serve.ts';
import { dependenciesFromEnvironment } from '#runtime/dependencies.ts';
import { afterReport, statusEvent } from '#telephony/gateway-health.ts';
import { historyStart } from '#telephony/gateway-history.ts';
import { getGatewayStatus, reportGatewayStatus, sipGatewayPings } from './contract.ts';
import { presentHistory, presentStatus } from './ping-status.ts';
import { reportOf } from './report.ts';
import { pingStore, reportWrites, type PingedGateway } from './store.ts';

type PingsContext = Context<typeof sipGatewayPings>;
type Store = ReturnType<typeof pingStore>;
type StatusRequest = Request<typeof getGatewayStatus>;

const defaultHours = 24;

async function present(store: Store, { query, now }: Pick<StatusRequest, 'query' | 'now'>, pinged: PingedGateway) {
  const status = presentStatus(pinged, now.getTime());
  if (query.include_history !== true) return status;
  const since = historyStart(now.getTime(), query.history_hours ?? defaultHours);
  const points = await store.history(pinged.gateway.id, since, now.getTime());
  return { ...status, history: presentHistory(points, query.resolution ?? 'hour') };
}

async function get(request: StatusRequest, { table }: PingsContext) {
  const store = pingStore(table);
  const { params } = request;
  if (params.entity === 'all') return list(request, store);
  const pinged = found(await store.find(params.entity), 'Gateway');
  return ok(await present(store, request, { ...pinged, trunk: await store.trunkOf(pinged.gateway) }));
}

async function list(request: StatusRequest, store: Store) {
  const { query, page } = request;
  if (query.include_history === true && query.resolution === 'raw')
    throw invalidParameter('resolution', 'raw is for one gateway only');
  const { items, ...figures } = await store.page(page());
  const gateways = [];
  // In sequence: a history is up to 24 items, and there may be 200 gateways.
  for (const pinged of items) gateways.push(await present(store, request, pinged));
  return ok({ gateways }, { figures });
}

async function report({ params, body, now, record }: Request<typeof reportGatewayStatus>, { table }: PingsContext) {
  const received = reportOf(params, body(), now.getTime());
  const store = pingStore(table);
  const pinged = await store.find(params.entity);
  const before = found(pinged?.health, 'Gateway');
  const { gateway } = found(pinged, 'Gateway');
  // A disabled gateway has no status: the report is added to the history only.
  const after = gateway.enabled ? afterReport(before, received, gateway.ping) : before;
  const event = statusEvent(gateway.name, before, after);
  const { at, status, response_time_ms, source, jitter_ms } = received;
  const point = (await store.hasRoom(gateway.id, at)) ? { at, status, response_time_ms } : undefined;
  const entity = { type: 'gateway', id: gateway.id };
  return commits(
    [
      ...reportWrites(before, after, point),
      ...(event === null
        ? []
        : [record(event.type, { ...event, entity, fields: { ...event.fields, source, jitter_ms } })]),
    ],
    ok(
      {
        gateway_id: gateway.id,
        status: gateway.enabled ? after.status : ('unknown' as const),
        updated_at: now.toISOString(),
        alert_generated: event !== null,
      },
      { message: 'Gateway status updated' },
    ),
  );
}

/** The function of `/sipgwping`. */
export const gatewayPingsHandler = (dependencies = dependenciesFromEnvironment()) =>
  serve(sipGatewayPings, { [getGatewayStatus.route]: get, [reportGatewayStatus.route]: report }, dependencies);

export const handler = gatewayPingsHandler();
