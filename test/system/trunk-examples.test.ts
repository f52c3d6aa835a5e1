import { beforeAll, describe, expect, test } from 'vitest';
import type { Answer } from './cloud.ts';
import { missingFields } from './dialplan-examples.fixture.ts';
import { newTenant, type Tenant } from './tenant.fixture.ts';
import { examples, initialState } from './trunk-examples.fixture.ts';

type Made = { readonly id: string; readonly status: string; readonly ips: readonly { readonly id: string }[] };
const made = ({ body }: Answer): Made => (body as { data: Made }).data;

describe('the documented examples, in order', () => {
  let tenant: Tenant;
  const ids = new Map<string, string>();
  const live = (text: string): string => text.replace(/<(\w+)>/g, (_, name: string) => ids.get(name) ?? name);

  beforeAll(async () => {
    tenant = await newTenant();
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
