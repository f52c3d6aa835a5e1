import { beforeAll, expect, test } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { newLine, useExtensions } from '../calls.fixture.ts';
import { expectEnd, newSoftphones } from '../softphones.fixture.ts';
import { texts, type AdministeredTenant } from '../tenant.fixture.ts';
import { needs } from '../../support/tools.ts';
import { newAccounts, newPeerTenant, type Account } from './accounts.ts';
import { startRegisteredBaresip, tellBaresip } from './baresip.ts';
import { openRelay } from './network.ts';
import type { Program } from './program.ts';
import { ownAddress, sipTlsServer } from './sip-server.ts';

needs('baresip');

let tenant: AdministeredTenant;
beforeAll(async () => {
  tenant = await newPeerTenant();
});

/** The phone is online, and answers a NOTIFY. */
async function expectReachable(account: Account, phone: Program): Promise<void> {
  await eventually(
    async () =>
      expect(texts(await tenant.ask('GET', `/devices/${account.device}`))).toMatchObject({
        status: 'online',
        firmware_version: expect.stringContaining('baresip') as string,
      }),
    1_000,
  );
  const { body } = await tenant.ask('POST', `/devices/sipnotify/${account.device}`, { event: 'check-sync' });
  await eventually(() => expect(phone.printed()).toContain('Event: check-sync'));
  const said = () => [...phone.printed().matchAll(/^SIP\/2\.0 (\d{3})/gm)].map(([, status]) => Number(status));
  await eventually(() => expect(body).toMatchObject({ data: { response_code: said().at(-1) } }));
}

test.each(['udp', 'tcp'] as const)(
  'baresip registers over %s, and is notified to check its configuration',
  async (transport) => {
    const [account] = await newAccounts(tenant, { devices: 1 });
    await using phone = await startRegisteredBaresip(account!, { from: ownAddress(), transport });
    await expectReachable(account!, phone);
  },
);

test('baresip registers over TLS with the certificate of npm start, and behind a NAT, too', async () => {
  const [account] = await newAccounts(tenant, { devices: 1 });
  await using nat = await openRelay(ownAddress(), sipTlsServer);
  for (const server of [sipTlsServer, nat]) {
    const { authority } = sipTlsServer;
    await using phone = await startRegisteredBaresip(account!, {
      from: ownAddress(),
      transport: 'tls',
      server,
      authority,
    });
    await expectReachable(account!, phone);
  }
});

test('baresip is called, and calls; both sides hang up', async () => {
  await useExtensions(tenant);
  const [account, from] = [await newLine(tenant, '301'), ownAddress()];
  await using baresip = await startRegisteredBaresip(account, { from, transport: 'udp', calls: true });
  const [made] = await newSoftphones(tenant, ['302']);
  using phone = made.phone;
  const caller = phone.call('301');
  await eventually(() => caller.isUp || caller.isOver, 20_000);
  expect(caller.log, baresip.printed().slice(-6_000)).toContain('answered');
  expect(caller.media).toMatch(/^\d+ sendrecv$/);
  caller.hangUp();
  await eventually(() => baresip.printed().includes('BYE sip:'));

  await tellBaresip(from, 'dial', `sip:302@${account.domain}`);
  const call = await phone.nextCall();
  await eventually(() => expect(call.log).toContain('acknowledged'), 20_000);
  await tellBaresip(from, 'hangup');
  await expectEnd(call, 'ended by peer');
});
