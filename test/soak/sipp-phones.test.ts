import { expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { adminPassword, logIn, outputsFileIn, startCloud } from '../system/cloud.ts';
import { needs } from '../support/tools.ts';

needs('sipp');

test('1,000 telephones of SIPp register with digest', async () => {
  const cloud = await startCloud({ RATE_LIMIT_SCALE: '20' });
  try {
    process.env['OUTPUTS'] = outputsFileIn(cloud.dataDir);
    process.env['OPERATOR_TOKEN'] = await logIn(cloud, 'admin', adminPassword);
    const { newAccounts, newPeerTenant, registeredLines } = await import('../system/peers/accounts.ts');
    const { registration } = await import('../system/peers/scenarios.ts');
    const { ownAddress } = await import('../system/peers/sip-server.ts');
    const { callAll } = await import('../system/peers/sipp.ts');
    const tenant = await newPeerTenant();
    const accounts = await newAccounts(tenant, { devices: 1_000 });
    await callAll(registration, { accounts, from: ownAddress(), within: 300_000 });
    await eventually(async () => expect(await registeredLines(tenant, accounts)).toBe(1_000), 10_000);
  } finally {
    await cloud.stop();
  }
});
