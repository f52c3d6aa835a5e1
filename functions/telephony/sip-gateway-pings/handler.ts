import { AppError, notFound } from '../../../shared/errors.ts';
import { commits, ok } from '../../../shared/http/answers/answer.ts';
import type { Request, Context } from '../../../shared/http/handlers.ts';
import { dependenciesFromEnvironment } from '../../../shared/runtime/dependencies.ts';
import { serve } from '../../../shared/http/serve.ts';
import { historyStart } from '../../../shared/telephony/gateway-history.ts';
import { afterReport, statusEvent } from '../../../shared/telephony/gateway-health.ts';
import { getGatewayPing, postGatewayPing, sipGatewayPings } from './contract.ts';
import { presentStatus, shownHistory } from './ping-status.ts';
import { reportOf } from './report.ts';
import { pingStore, reporting, type Watched } from './store.ts';

type PingsContext = Context<typeof sipGatewayPings>;
type Store = ReturnType<typeof pingStore>;
type Shown = Pick<Request<typeof getGatewayPing>, 'query' | 'now'>;

const defaultHours = 24;

async function shown(store: Store, { query, now }: Shown, watched: Watched) {
  const status = presentStatus(watched, now.getTime());
  if (query.include_history !== true) return status;
  const since = historyStart(now.getTime(), query.history_hours ?? defaultHours);
  return {
    ...status,
    history: shownHistory(await store.history(watched.gateway.id, since, now.getTime()), query.resolution ?? 'hour'),
  };
}

async function showAll(request: Request<typeof getGatewayPing>, store: Store) {
  const { query, caller, page } = request;
  if (query.include_history === true && query.resolution === 'raw')
    throw new AppError('INVALID_PARAMETER', 'resolution=raw is for one gateway', {
      details: [{ path: 'resolution', message: 'raw is for one gateway' }],
    });
  const { items, ...figures } = await store.page(page(), () => !caller.ownOnly.has('telephony:read'));
  const gateways = [];
  // One after the other: a history is up to 24 items, and there may be 200 gateways.
  for (const watched of items) gateways.push(await shown(store, request, watched));
  return ok({ gateways }, { figures });
}

async function takeReport({ params, body, now, record }: Request<typeof postGatewayPing>, { table }: PingsContext) {
  const report = reportOf(params, body(), now.getTime());
  const store = pingStore(table);
  const found = await store.find(params.entity);
  if (found?.health === undefined) throw notFound('Gateway');
  const { gateway, health: before } = found;
  // A disabled gateway has no status: what is said of it goes into the history only.
  const after = gateway.enabled ? afterReport(before, report, gateway.ping) : before;
  const event = statusEvent(gateway.name, before, after);
  const point = (await store.hasRoom(gateway.id, report.at))
    ? { at: report.at, status: report.status, response_time_ms: report.response_time_ms }
    : undefined;
  const { source, jitter_ms } = report;
  return commits(
    [
      ...reporting(before, after, point),
      ...(event === null
        ? []
        : [
            record(event.type, {
              ...event,
              entity: { type: 'gateway', id: gateway.id },
              fields: { ...event.fields, source, jitter_ms },
            }),
          ]),
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

/** @param outside what the function touches; tests bring their own */
export const gatewayPingsHandler = (dependencies = dependenciesFromEnvironment()) =>
  serve(
    sipGatewayPings,
    {
      [getGatewayPing.route]: async (request, { table }) => {
        const store = pingStore(table);
        const { params, caller } = request;
        if (params.entity === 'all') return showAll(request, store);
        const found = caller.ownOnly.has('telephony:read') ? undefined : await store.find(params.entity);
        if (found === undefined) throw notFound('Gateway');
        return ok(await shown(store, request, { ...found, trunk: await store.trunkOf(found.gateway) }));
      },

      [postGatewayPing.route]: takeReport,
    },
    dependencies,
  );

export const handler = gatewayPingsHandler();
