import { beforeAll, expect, test } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { needs } from '../../support/tools.ts';
import { leaveMessage, newMailboxUser, phoneAccountOf } from '../mailbox-users.fixture.ts';
import type { AdministeredTenant } from '../tenant.fixture.ts';
import { newPeerTenant } from './accounts.ts';
import { startBaresip, type Telephone } from './baresip.ts';
import { subscription } from './scenarios.ts';
import { ownAddress } from './sip-server.ts';
import { beginCalls } from './sipp.ts';

needs('baresip', 'sipp');

let tenant: AdministeredTenant;
beforeAll(async () => {
  tenant = await newPeerTenant();
});

test('a phone of SIPp subscribes to its mailbox, is notified of a message, and ends the subscription', async () => {
  const user = await newMailboxUser(tenant);
  const account = await phoneAccountOf(tenant, user);
  await using phone = beginCalls(subscription, { accounts: [account], from: ownAddress() });
  await eventually(() => expect(phone.noted()).toEqual(['empty']), 20_000);
  await leaveMessage(tenant, user.mailbox);
  await phone.ended();
});

test('baresip shows the counts of its mailbox', async () => {
  const user = await newMailboxUser(tenant);
  const account = await phoneAccountOf(tenant, user);
  const telephone: Telephone = { from: ownAddress(), transport: 'udp', mailbox: true };
  // Debian's gives up at a challenge that offers SHA-256.
  const first = startBaresip(account, telephone);
  await eventually(() => /\[\d bindings?\]|Function not implemented/.test(first.printed()));
  await first.stop('SIGKILL');
  await using phone = startBaresip(account, telephone);
  await eventually(() => expect(phone.printed()).toContain('Voice-Message: 0/0 (0/0)'), 20_000);
  await leaveMessage(tenant, user.mailbox);
  await eventually(() => expect(phone.printed()).toContain('Voice-Message: 1/0 (0/0)'), 30_000);
});
