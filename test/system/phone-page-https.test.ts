// Own cloud: is reached at an address of this machine, with a certificate.
import { readFileSync } from 'node:fs';
import { get } from 'node:https';
import { join } from 'node:path';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { needs } from '../support/tools.ts';
import { useExtensions } from './calls.fixture.ts';
import { logIn, startCloud, type OwnCloud } from './cloud.ts';
import { needsMachineAddress, machineAddress } from './peers/machine-address.ts';
import { callIs, dial, expectAudio, newPhoneUser, phonePages, pressIn } from './phone-pages.fixture.ts';
import { newAdministeredTenant, type AdministeredTenant } from './tenant.fixture.ts';

/** Browser phones of other machines: `npm start` with `HOST` serves HTTPS and WSS with a certificate of its own. */

describe('with HOST', () => {
  needs('chromium');
  needsMachineAddress();
  let cloud: OwnCloud;
  let tenant: AdministeredTenant;
  const { signedIn } = phonePages(() => cloud);

  beforeAll(async () => {
    if (machineAddress === '') return;
    cloud = await startCloud({ HOST: machineAddress, RATE_LIMIT_SCALE: '20' });
    const operator = await logIn(cloud, 'admin', process.env['ADMIN_PASSWORD'] ?? '');
    tenant = await newAdministeredTenant('secure', { cloud, operator });
    await useExtensions(tenant);
  });
  afterAll(async () => {
    if (machineAddress !== '') await cloud.stop();
  });

  test('who trusts the authority reaches HTTPS and WSS, and who does not is warned', async () => {
    const { HttpsUrl: url = '', WebSocketUrl: webSocketUrl = '' } = cloud.outputs;
    const ca = readFileSync(join(cloud.dataDir, 'https-authority.pem'));
    const [answer] = (await once(get(`${url}/health`, { ca }), 'response')) as [IncomingMessage];
    expect(answer.statusCode).toBe(200);
    answer.resume();
    await expect(once(get(`${url}/health`), 'response')).rejects.toMatchObject({ code: /SIGNATURE|CERT|ISSUER/ });
    const client = new WebSocket(webSocketUrl, ['sip'], { ca });
    await once(client, 'open');
    client.terminate();
    expect(cloud.printed()).toContain(`${url}/documentation/phone`);
    expect(cloud.printed()).toContain(join(cloud.dataDir, 'https-authority.pem'));
  });

  test('the page of another machine is secure: it has a microphone, and is heard', async () => {
    const [ann, bob] = [await newPhoneUser(tenant, 'Ann', '201'), await newPhoneUser(tenant, 'Bob', '202')];
    const [one, two] = [await signedIn(ann), await signedIn(bob)];
    expect(await one.page.evaluate('[isSecureContext, location.protocol]')).toEqual([true, 'https:']);
    await dial(one.page, bob.extension);
    await callIs(two.page, ann, 'calls you');
    await pressIn(two.page, ann, 'Answer');
    await callIs(one.page, bob, 'talking');
    await expectAudio(one.page, two.page);
    expect([...one.complaints, ...two.complaints]).toEqual([]);
  });
});
