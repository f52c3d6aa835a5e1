import { beforeAll, describe, expect, test } from 'vitest';
import type { Answer } from './cloud.ts';
import { lacking } from './dialplan-examples.fixture.ts';
import { newTenant, type Tenant } from './dialplan.fixture.ts';
import { examples, present } from './trunk-examples.fixture.ts';

type Made = { readonly id: string; readonly status: string; readonly ips: readonly { readonly id: string }[] };
const made = ({ body }: Answer): Made => (body as { data: Made }).data;

describe('the documented examples, in order', () => {
  let tenant: Tenant;
  const ids = new Map<string, string>();
  const live = (text: string): string => text.replace(/<(\w+)>/g, (_, name: string) => ids.get(name) ?? name);

  beforeAll(async () => {
    tenant = await newTenant();
    const { api } = tenant;
    ids.set('organization', tenant.id);
    ids.set('trunk', made(await api('PUT', '/siptrunk/carrier', present.primary)).id);
    ids.set('gateway', made(await api('PUT', '/sipgateways/new', present.gateway)).id);
    await api('PUT', live('/siptrunkips/<trunk>'), present.ips);
    for (const [status, body] of present.pings)
      expect(await api('POST', live(`/sipgwping/<gateway>/${status}/update`), body)).toMatchObject({ status: 200 });
  });

  test.each(examples)('$title', async ({ title, request, body, status, answer: documented }) => {
    const [method = '', path = ''] = live(request).split(' ');
    const answer = await tenant.api(
      method,
      path,
      body === undefined ? undefined : JSON.parse(live(JSON.stringify(body))),
    );
    expect({ status: answer.status, lacking: lacking(answer.body, documented) }).toEqual({ status, lacking: [] });
    if (title === 'Create SIP Trunk') {
      expect(made(answer).status).toBe('pending');
      ids.set('created', made(answer).id);
    }
    if (request.startsWith('PUT /siptrunkips')) ids.set('ip', made(answer).ips[0]?.id ?? '');
  });
});
