import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { needs } from '#test/support/tools.ts';
import { connect, type Cloud } from '../cloud.ts';
import { sipServer, sipTlsServer } from '../peers/sip-server.ts';
import { sharedTaskCloud } from '../sidecar-tasks.fixture.ts';
import { newAdministeredTenant, tenantPassword, texts, type AdministeredTenant } from '../tenant.fixture.ts';

/** The canary uses the platform as a customer: API, SIP over three transports, a call, a webhook. */

/**
 * Runs the canary in a process of its own, which trusts the certificate of the sidecar.
 * @param account what its secret holds besides the user @returns what it prints
 */
async function run({ outputs }: Pick<Cloud, 'outputs'>, { username }: AdministeredTenant, account: object) {
  const secret = { log_in: { username, password: tenantPassword }, ...account };
  const child = spawn(process.execPath, ['test/support/canary-process.ts', JSON.stringify(secret)], {
    env: { ...process.env, PUBLIC_URL: outputs.ApiUrl, NODE_EXTRA_CA_CERTS: sipTlsServer.authority },
  });
  const printed: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => printed.push(chunk));
  await once(child, 'close');
  return Buffer.concat(printed).toString();
}

test('it registers over UDP, TLS and WebSocket, has its webhook tested, and leaves no line', async () => {
  const got: unknown[] = [];
  const receiver = createServer(({ headers }, response) => {
    got.push(headers['webhook-id']);
    response.writeHead(204).end();
  }).listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  using _ = { [Symbol.dispose]: () => void receiver.close() };
  const tenant = await newAdministeredTenant('canary');
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
  const hook = await tenant.ask('PUT', '/webhooks/new', { url, events: ['webhook.test'] });
  // The relay of this cloud is off.
  const sip = { host: 'localhost', port: sipServer.port, tls_port: sipTlsServer.port };
  const account = { sip, echo: null, webhook_id: texts(hook)['id'] };
  const phones = ['udp', 'tls', 'wss']
    .map((transport) => `REGISTER over ${transport}, end over ${transport}, `)
    .join('');
  expect(await run(connect(), tenant, account)).toBe(
    `canary: health, log-in, line, ${phones}end of the line, webhook, log-out\npassed\n`,
  );
  expect(got).toEqual([expect.any(String)]);
  expect((await tenant.ask('GET', '/Phones')).body).toMatchObject({ phones: [] });
});

test('it hears itself in a call, and says so if it is called by another code', async () => {
  needs('rtpengine');
  const {
    cloud,
    tenant,
    tasks: [{ address: host, port }],
  } = await sharedTaskCloud();
  const account = { sip: { host, port }, transports: ['udp'] };
  expect(await run(cloud, tenant, account)).toMatch(/^canary: .*REGISTER over udp, echo, end over udp, .*\npassed\n$/);
  expect(await run(cloud, tenant, { ...account, echo: '*99' })).toMatch(/\nfailed: echo: a call to \*99 is answered 4/);
});
