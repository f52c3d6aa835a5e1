import { expect, test } from 'vitest';
import { settingsFrom } from './settings.ts';

test('without an environment the settings are those of a single machine', () => {
  expect(settingsFrom({})).toEqual({
    host: '0.0.0.0',
    internalHost: '0.0.0.0',
    ports: { 'sip-udp': 5_060, 'sip-tcp': 5_070, 'sip-tls': 5_061, 'sip-ws': 8_088, control: 8_081, health: 8_080 },
    tls: undefined,
    webSocketTls: undefined,
    clientCertificate: undefined,
    advertised: { host: '127.0.0.1', port: 5_060 },
    advertisedTls: undefined,
    t1: 500,
    maxInterval: Infinity,
    allowPrivateHosts: false,
    drainSeconds: 0,
    generation: '1',
    controlHost: '127.0.0.1',
    metadataUri: undefined,
    mediaRelays: { hosts: [], leases: false },
    mediaRecording: undefined,
    agentUri: undefined,
  });
});

test('control and health listen where SIP does unless they have an address of their own', () => {
  const hostOf = (environment: Record<string, string>) => settingsFrom(environment).internalHost;
  expect(hostOf({ SIP_HOST: '192.0.2.1' })).toBe('192.0.2.1');
  expect(hostOf({ SIP_HOST: '192.0.2.1', SIP_INTERNAL_HOST: '127.0.0.1' })).toBe('127.0.0.1');
});

test('the advertised port is the UDP port unless it is set', () => {
  const portOf = (environment: Record<string, string>) => settingsFrom(environment).advertised.port;
  expect([portOf({ PORT_SIP_UDP: '5080' }), portOf({ PORT_SIP_UDP: '5080', SIP_ADVERTISED_PORT: '5060' })]).toEqual([
    5_080, 5_060,
  ]);
});

test.each(['x', '-1', '65536', '1.5'])('%s is not a port', (text) => {
  expect(() => settingsFrom({ PORT_SIP_TCP: text })).toThrow('PORT_SIP_TCP must be a port');
});

test('TLS terminates at the load balancer, or here if both files are set', () => {
  expect(settingsFrom({ SIP_TLS: 'load-balancer' }).tls).toBe('load-balancer');
  expect(settingsFrom({ SIP_TLS_KEY: '/key.pem' }).tls).toBeUndefined();
  expect(() => settingsFrom({ SIP_TLS_KEY: '/missing.pem', SIP_TLS_CERTIFICATE: '/missing.pem' })).toThrow('ENOENT');
});

test('TLS of WebSockets terminates here if both files are set', () => {
  expect(settingsFrom({ SIP_WS_KEY: '/key.pem' }).webSocketTls).toBeUndefined();
  expect(() => settingsFrom({ SIP_WS_KEY: '/missing.pem', SIP_WS_CERTIFICATE: '/missing.pem' })).toThrow('ENOENT');
});

test('the certificate of outgoing connections is in a secret, or in two files', () => {
  const files = { SIP_CLIENT_KEY: '/key.pem', SIP_CLIENT_CERTIFICATE: '/certificate.pem' };
  const sourceOf = (environment: Record<string, string>) => settingsFrom(environment).clientCertificate;
  expect(sourceOf(files)).toEqual({ kind: 'files', key: '/key.pem', certificate: '/certificate.pem' });
  expect(sourceOf({ ...files, SIP_CLIENT_CERTIFICATE_SECRET: 'name' })).toEqual({ kind: 'secret', name: 'name' });
  expect(sourceOf({ SIP_CLIENT_KEY: '/key.pem' })).toBeUndefined();
});

test('Contact over TLS has the address of TLS', () => {
  const addressOf = (text: string) => settingsFrom({ SIP_TLS_ADDRESS: text }).advertisedTls;
  expect([addressOf('sip.example.com:5061'), addressOf('sip.example.com')]).toEqual([
    { host: 'sip.example.com', port: 5_061 },
    undefined,
  ]);
});

test('private hosts are allowed only by 1', () => {
  const allowed = ['1', '0', 'true'].map((value) => settingsFrom({ SIP_ALLOW_PRIVATE_HOSTS: value }).allowPrivateHosts);
  expect(allowed).toEqual([true, false, false]);
});
