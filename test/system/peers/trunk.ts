import { expect } from 'vitest';
import { outcome, texts, uniqueName, type AdministeredTenant } from '../tenant.fixture.ts';
import type { Registrar } from './kamailio.ts';
import { peerPort } from './sip-server.ts';

/** A trunk that registers with a peer. */
export async function newTrunk(
  tenant: AdministeredTenant,
  { host, username, password }: Pick<Registrar, 'host' | 'username' | 'password'>,
  more: object = {},
) {
  const made = await tenant.ask('PUT', '/siptrunk/carrier', {
    name: uniqueName('peer'),
    host,
    port: peerPort,
    register: true,
    username,
    password,
    ...more,
  });
  expect(outcome(made)).toBe('201');
  const id = texts(made)['id'] ?? '';
  return {
    shown: async () => ((await tenant.ask('GET', `/siptrunk/${id}`)).body as { data: object }).data,
    events: async () =>
      (
        (await tenant.ask('GET', `/events/trunk/${id}`)).body as {
          data: { events: { type?: string; event_type?: string }[] };
        }
      ).data.events.map(({ event_type: name, type }) => name ?? type),
  };
}
