import { expect, test } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { newPhone } from '../../support/sip-phone.fixture.ts';
import { outcome, uniqueName } from '../tenant.fixture.ts';
import { needs } from '../../support/tools.ts';
import { newAccounts, newPeerTenant } from './accounts.ts';
import { newGateway } from './gateway.ts';
import { startKamailio } from './kamailio.ts';
import { ownAddress, peerPort, sipServer } from './sip-server.ts';
import { startCapture } from './tshark.ts';

needs('tshark', 'kamailio');

/** Answers to strangers and to faulty phones. */
const rejections = [
  ['MESSAGE', {}, 403],
  ['BYE', {}, 481],
  ['PUBLISH', {}, 405],
  ['NONSENSE', {}, 501],
  ['OPTIONS', { headers: [['Require', 'teleportation']] }, 420],
  ['OPTIONS', { uri: 'urn:service:sos' }, 416],
  ['OPTIONS', { headers: [['Date', 'yesterday']] }, 400],
] as const;

test('tshark decodes everything that the sidecar sends without an error', async () => {
  const tenant = await newPeerTenant();
  const from = ownAddress();
  const registrar = { host: ownAddress(), username: 'trunkline', password: 'secret', ttl: 60 };
  await using _ = await startKamailio(registrar);
  await using capture = await startCapture([from, registrar.host]);

  const { host, username, password } = registrar;
  expect(
    outcome(
      await tenant.ask('PUT', '/siptrunk/carrier', {
        name: uniqueName('peer'),
        host,
        port: peerPort,
        register: true,
        username,
        password,
      }),
    ),
  ).toBe('201');
  await newGateway(tenant, { host, transport: 'tcp' });
  for (const transport of ['udp', 'tcp'] as const) {
    const [account] = await newAccounts(tenant, { devices: 1 });
    const phone = await newPhone(sipServer, account!, { transport, from });
    expect((await phone.register()).status).toBe(200);
    expect((await phone.register({ expires: 5 })).status).toBe(423);
    expect(
      outcome(
        await tenant.ask('POST', `/devices/sipnotify/${account?.device}`, {
          event: 'check-sync',
          content_type: 'text/plain',
          body: 'Grüße',
        }),
      ),
    ).toBe('200');
    for (const [method, more, status] of rejections) expect((await phone.ask(method, more)).status).toBe(status);
    expect((await phone.ask('OPTIONS')).status).toBe(200);
    phone.close();
  }

  const sent = () =>
    capture
      .messages()
      .filter(
        (message) => message.from === `${sipServer.address}:${sipServer.port}` || message.to === `${host}:${peerPort}`,
      );
  const answers = ['200', '400', '401', '403', '405', '416', '420', '423', '481', '501'];
  await eventually(
    () =>
      // A sidecar that other tests keep busy may also send 503.
      expect(new Set([...sent().map(({ what, transport }) => `${what} ${transport}`), '503 udp', '503 tcp'])).toEqual(
        new Set([
          ...[...answers, '503'].flatMap((status) => [`${status} udp`, `${status} tcp`]),
          'NOTIFY udp',
          'NOTIFY tcp',
          'REGISTER udp',
          'OPTIONS tcp',
        ]),
      ),
    16_000,
  );
  expect(sent().filter(({ faults }) => faults !== '')).toEqual([]);
});
