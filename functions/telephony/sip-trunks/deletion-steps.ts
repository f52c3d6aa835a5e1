import type { GatewayItem } from '#dynamodb/rows/gateway.ts';
import { clearHealth } from '#telephony/gateway-health.ts';
import { disableGateway } from '#telephony/gateway.ts';
import type { DisabledGateway, trunkStore } from './store.ts';

type Store = Pick<ReturnType<typeof trunkStore>, 'healthOf'>;

/** Gateways of a trunk that is deleted, as they are after it. */
export async function disable(store: Store, gateways: readonly GatewayItem[], now: Date): Promise<DisabledGateway[]> {
  const health = await store.healthOf(gateways);
  return gateways.map((before, at) => {
    const read = health[at];
    return {
      before,
      after: disableGateway(before, now.toISOString()),
      health: read === undefined ? undefined : { read, after: clearHealth(read, now.getTime()) },
    };
  });
}
