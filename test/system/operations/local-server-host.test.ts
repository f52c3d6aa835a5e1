// Own cloud: is reached at an address of this machine, with a certificate.
import { readFileSync } from 'node:fs';
import { get } from 'node:https';
import { join } from 'node:path';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { newPhone } from '#test/support/sip-phone.fixture.ts';
import { needs } from '#test/support/tools.ts';
import { useExtensions } from '../calls.fixture.ts';
import { logIn, startCloud, type OwnCloud } from '../cloud.ts';
import { requestUpload, send, settled, wav } from '../file-uploads.fixture.ts';
import { newMac } from '../hardware.fixture.ts';
import { needsMachineAddress, machineAddress } from '../peers/machine-address.ts';
import { callIs, dial, expectAudio, newPhoneUser, phonePages, pressIn } from '../phone-pages.fixture.ts';
import { openPorts, processesOf } from '../processes.ts';
import { newAdministeredTenant, type AdministeredTenant } from '../tenant.fixture.ts';

/**
 * `npm start` for other machines: with `HOST` it serves phones, and browsers over HTTPS and WSS with a certificate of
 * its own (README.md, "Settings of `npm start`").
 */

describe('with HOST', () => {
  needsMachineAddress();
  let cloud: OwnCloud;
  let operator: string;
  let tenant: AdministeredTenant;

  beforeAll(async () => {
    if (machineAddress === '') return;
    cloud = await startCloud({ HOST: machineAddress, RATE_LIMIT_SCALE: '20' });
    operator = await logIn(cloud, 'admin', process.env['ADMIN_PASSWORD'] ?? '');
    tenant = await newAdministeredTenant('secure', { cloud, operator });
    await useExtensions(tenant);
  });
  afterAll(async () => {
    if (machineAddress !== '') await cloud.stop();
  });

  test('HTTP, SIP and links to files are at that address, and phones are sent there', async () => {
    const host = machineAddress;
    const [address = '', port = ''] = (cloud.outputs['SipAddress'] ?? '').split(':');
    const { port: http, hostname } = new URL(cloud.outputs.ApiUrl);
    expect([hostname, address]).toEqual([host, host]);
    const bytes = wav(2_000);
    const sound = { kind: 'greeting', content_type: 'audio/wav', size: bytes.length };
    const upload = await requestUpload(cloud, operator, { name: 'Greeting', ...sound });
    expect(await send(upload, bytes)).toBe(200);
    const { download } = await settled(cloud, operator, upload.id);
    expect(Buffer.from(await (await fetch(download.url)).arrayBuffer())).toEqual(bytes);
    const links = new URL(upload.upload.url).host;
    expect(new URL(download.url).host).toBe(links);

    const ports = openPorts(processesOf(cloud.pid));
    const tls = cloud.outputs['SipTlsAddress'];
    const { host: webSocket, protocol } = new URL(cloud.outputs['WebSocketUrl'] ?? '');
    const https = cloud.outputs['HttpsUrl'] ?? '';
    expect(protocol).toBe('wss:');
    expect(ports.filter((each) => each.startsWith(host)).toSorted()).toEqual(
      [`${host}:${http}`, new URL(https).host, `${host}:${port}`, `${host}:${port}`, tls, webSocket, links].toSorted(),
    );
    expect(ports.filter((each) => !each.startsWith(host) && !each.startsWith('127.'))).toEqual([]);

    const line = { mac_address: newMac(), manufacturer: 'Yealink', lines: [{ extension: '204' }] };
    const made = await cloud.api('/devices/phone', { method: 'PUT', token: operator, json: line });
    const id = /dev_[0-9A-Z]+/.exec(JSON.stringify(made.body))?.[0] ?? '';
    const file = String((await cloud.api(`/devices/${id}/config?secrets=true`, { token: operator })).body);
    const valueOf = (name: string) => new RegExp(`^account\\.1\\.${name} *= *(.*)$`, 'm').exec(file)?.[1] ?? '';
    expect(file).toContain(host);
    expect(file).not.toContain('127.0.0.1');
    const account = {
      username: valueOf('user_name'),
      password: valueOf('password'),
      domain: valueOf('sip_server\\.1\\.address'),
    };
    const phone = await newPhone({ address: host, port: Number(port) }, account, { transport: 'udp' });
    expect((await phone.register()).status).toBe(200);
    phone.close();
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

  describe('in a browser', () => {
    needs('chromium');
    const { signedIn } = phonePages(() => cloud);

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
});
