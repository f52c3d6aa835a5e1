import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { testStore } from '#test/support/store.fixture.ts';
import { missing, needs } from '#test/support/tools.ts';
import { bindingRow, bindingsOfDevice } from '../../telephony/rows/binding.ts';
import { tableFor } from '#dynamodb/table.ts';
import { sidecarClient } from '#sidecar/client.ts';
import { addAccount, runSidecar, type Running } from './sidecar.fixture.ts';

/** A new key and its certificate for `localhost`. */
function newCertificate(): { readonly key: string; readonly cert: string } {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-tls-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-days',
      '1',
      '-subj',
      '/CN=localhost',
      '-addext',
      'subjectAltName=DNS:localhost',
      '-keyout',
      key,
      '-out',
      cert,
    ],
    { stdio: 'ignore' },
  );
  const made = { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
  rmSync(folder, { recursive: true });
  return made;
}

describe('TLS that terminates at the sidecar', () => {
  needs('openssl');

  const running = testStore();
  let sidecar: Running;
  let authority: string;
  const everything = new AsyncDisposableStack();
  beforeAll(async () => {
    if (missing(['openssl']).length > 0) return;
    const tls = newCertificate();
    authority = tls.cert;
    sidecar = await runSidecar(running.store, { tls });
    everything.defer(() => sidecar.close());
  });
  afterAll(() => everything.disposeAsync());
  const server = () => ({ host: '127.0.0.1', port: sidecar.bound.tls?.port ?? 0 });

  test('a phone registers and receives NOTIFY on its connection', async () => {
    const phone = await sidecar.phone(await addAccount(running.store, { device: 'dev_tls' }), { authority });
    everything.defer(() => phone.close());
    expect((await phone.register()).status).toBe(200);
    const {
      items: [binding],
    } = await tableFor<'binding@GSI1'>(running.store, 1_001).queryIndex(
      bindingRow,
      'GSI1',
      bindingsOfDevice(1_001, 'dev_tls'),
    );
    expect(binding?.flow).toMatchObject({ transport: 'tls', remote: { port: phone.port } });
    const outcome = await sidecarClient({
      store: running.store,
      secrets: sidecar.secrets,
      clock: () => new Date(),
      fetch,
    }).notify({
      id: sidecar.dependencies.nextId('cmd'),
      organization: 1_001,
      device: 'dev_tls',
      event: 'check-sync',
      timeout_seconds: 2,
    });
    expect([outcome, phone.notified.map(({ via }) => via.transport)]).toEqual([
      { kind: 'answered', response_code: 200 },
      ['TLS'],
    ]);
  });

  test('versions before 1.2 are rejected', async () => {
    const protocolOf = async (version: 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3') => {
      const socket = connect({
        ...server(),
        ca: authority,
        servername: 'localhost',
        minVersion: version,
        maxVersion: version,
        ciphers: 'DEFAULT:@SECLEVEL=0',
      });
      everything.defer(() => void socket.destroy());
      return once(socket, 'secureConnect').then(
        () => socket.getProtocol(),
        () => 'refused',
      );
    };
    expect(await Promise.all([protocolOf('TLSv1.1'), protocolOf('TLSv1.2'), protocolOf('TLSv1.3')])).toEqual([
      'refused',
      'TLSv1.2',
      'TLSv1.3',
    ]);
  });

  test('a connection that does not finish the handshake is closed', async () => {
    const silent = connectTcp(server());
    const chatty = connectTcp(server()).on('error', () => undefined);
    chatty.write('REGISTER sip:pbx.example.com SIP/2.0\r\n\r\n');
    await Promise.all(
      [silent, chatty].map((socket) => eventually(() => socket.resume().readableEnded || socket.destroyed, 8_000)),
    );
  });
});
