import { expect } from 'vitest';
import { outcome, texts, uniqueName, type AdministeredTenant } from '../tenant.fixture.ts';
import { peerPort } from './sip-server.ts';

/** `error`: the last failure. */
type Health = { readonly status: string; readonly error: string | null };

export type Gateway = {
  readonly id: string;
  /** The answer of GET /sipgwping. */
  readonly health: () => Promise<Health>;
  /** Its events, newest first. */
  readonly changes: () => Promise<readonly string[]>;
};

/** A new gateway with the shortest ping interval. One ping decides its status unless `ping` says otherwise. */
export async function newGateway(
  { ask }: AdministeredTenant,
  { ping = {}, ...where }: { readonly host: string; readonly transport?: 'udp' | 'tcp'; readonly ping?: object },
): Promise<Gateway> {
  const made = await ask('PUT', '/sipgateways/new', {
    name: uniqueName('peer'),
    port: peerPort,
    ...where,
    ping: {
      interval_seconds: 10,
      timeout_ms: 1_000,
      down_after: 1,
      up_after: 1,
      degraded_ms: 1_000,
      degraded_loss_percent: 100,
      ...ping,
    },
  });
  expect(outcome(made)).toBe('201');
  const { id = '' } = texts(made);
  return {
    id,
    health: async () => {
      const { status = '', last_error: error = null } = texts(await ask('GET', `/sipgwping/${id}`));
      return { status, error };
    },
    changes: async () =>
      (
        (await ask('GET', `/events/gateway/${id}`)).body as {
          data: { events: { type?: string; event_type?: string }[] };
        }
      ).data.events.map(({ event_type: name, type }) => name ?? type ?? ''),
  };
}
