import { beforeAll, describe, expect, test } from 'vitest';
import { missingFields } from '#test/system/dialplan-examples.fixture.ts';
import { examples, initialState } from '#test/system/telephony/trunk-examples.fixture.ts';
import type { Answer } from '#test/system/cloud.ts';
import { functionsOf, type TestTenant } from '#test/support/functions.fixture.ts';
import { sipTrunks } from './contract.ts';
import { trunksHandler } from './handler.ts';
import { sipGateways } from '../sip-gateways/contract.ts';
import { gatewaysHandler } from '../sip-gateways/handler.ts';
import { sipTrunkIps } from '../sip-trunk-ips/contract.ts';
import { trunkIpsHandler } from '../sip-trunk-ips/handler.ts';
import { sipGatewayPings } from '../sip-gateway-pings/contract.ts';
import { gatewayPingsHandler } from '../sip-gateway-pings/handler.ts';
import { events } from '../../platform/events/contract.ts';
import { eventsHandler } from '../../platform/events/handler.ts';

const functions = functionsOf(
  [sipTrunks, trunksHandler],
  [sipGateways, gatewaysHandler],
  [sipTrunkIps, trunkIpsHandler],
  [sipGatewayPings, gatewayPingsHandler],
  [events, eventsHandler],
);

type Made = { readonly id: string; readonly status: string; readonly ips: readonly { readonly id: string }[] };
const made = ({ body }: Answer): Made => (body as { data: Made }).data;

describe('the documented examples, in order', () => {
  let tenant: TestTenant;
  const ids = new Map<string, string>();
  const live = (text: string): string => text.replace(/<(\w+)>/g, (_, name: string) => ids.get(name) ?? name);

  beforeAll(async () => {
    tenant = await functions.newTenant();
    const { ask } = tenant;
    ids.set('organization', tenant.id);
    ids.set('trunk', made(await ask('PUT', '/siptrunk/carrier', initialState.primary)).id);
    ids.set('gateway', made(await ask('PUT', '/sipgateways/new', initialState.gateway)).id);
    await ask('PUT', live('/siptrunkips/<trunk>'), initialState.ips);
    for (const [status, body] of initialState.pings)
      expect(await ask('POST', live(`/sipgwping/<gateway>/${status}/update`), body)).toMatchObject({ status: 200 });
  });

  test.each(examples)('$title', async ({ title, request, body, status, answer: documented }) => {
    const [method = '', path = ''] = live(request).split(' ');
    const answer = await tenant.ask(
      method,
      path,
      body === undefined ? undefined : JSON.parse(live(JSON.stringify(body))),
    );
    expect({ status: answer.status, missingFields: missingFields(answer.body, documented) }).toEqual({
      status,
      missingFields: [],
    });
    if (title === 'Create SIP Trunk') {
      expect(made(answer).status).toBe('pending');
      ids.set('created', made(answer).id);
    }
    if (request.startsWith('PUT /siptrunkips')) ids.set('ip', made(answer).ips[0]?.id ?? '');
  });
});
