import { beforeAll, expect, test } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { texts, type AdministeredTenant } from '../tenant.fixture.ts';
import { needs } from '../../support/tools.ts';
import { newAccounts, newPeerTenant } from './accounts.ts';
import { startBaresip } from './baresip.ts';
import { ownAddress } from './sip-server.ts';

needs('baresip');

let tenant: AdministeredTenant;
beforeAll(async () => {
  tenant = await newPeerTenant();
});

/**
 * Printed when Debian's baresip gives up because it does not support SHA-256. It retries after 30 s; the test restarts
 * it instead.
 */
const settled = /\[\d bindings?\]|Function not implemented/;

test.each(['udp', 'tcp'] as const)(
  'baresip registers over %s, and is notified to check its configuration',
  async (transport) => {
    const [account] = await newAccounts(tenant, { devices: 1 });
    const from = ownAddress();
    await using first = startBaresip(account!, { from, transport });
    await eventually(() => settled.test(first.printed()));
    await first.stop('SIGKILL');
    await using phone = startBaresip(account!, { from, transport });
    await eventually(() => /\[\d bindings?\]/.test(phone.printed()));
    await eventually(
      async () =>
        expect(texts(await tenant.ask('GET', `/devices/${account?.device}`))).toMatchObject({
          status: 'online',
          firmware_version: expect.stringContaining('baresip') as string,
        }),
      1_000,
    );
    const { body } = await tenant.ask('POST', `/devices/sipnotify/${account?.device}`, { event: 'check-sync' });
    await eventually(() => expect(phone.printed()).toContain('Event: check-sync'));
    const said = () => [...phone.printed().matchAll(/^SIP\/2\.0 (\d{3})/gm)].map(([, status]) => Number(status));
    await eventually(() => expect(body).toMatchObject({ data: { response_code: said().at(-1) } }));
  },
);
