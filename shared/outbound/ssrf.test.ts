import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { certificateFor, httpAt, httpsAt, tcpAt, type Listener } from '#test/support/listeners.fixture.ts';
import { startDns } from './dns-server.fixture.ts';
import {
  OutboundFailed,
  anywhere,
  dnsLookup,
  newOutbound,
  publicOnly,
  systemLookup,
  type NameLookup,
  type OutboundPolicy,
} from './outbound.ts';
import { answers, confusing, hosts } from './ssrf.fixture.ts';
import { publicUrls } from './url-rules.ts';

/** Listens on every address of this machine and closes each connection. */
let machine: Listener;
/** The guard as deployed, but with the listener's port. */
let guarded: OutboundPolicy;
beforeEach(async () => {
  machine = await tcpAt((socket) => void socket.end('HTTP/1.1 200 OK\r\n\r\n'), '::');
  guarded = { ...publicOnly, urls: { ...publicUrls, ports: [machine.port] } };
});
const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  await machine.close();
  await Promise.all(cleanups.splice(0).map((cleanup) => cleanup()));
});

const get = (url: string) => ({ method: 'GET', url, headers: {}, timeout: 1_000, maxBytes: 10 }) as const;
const nowhere: NameLookup = () => Promise.reject(new Error('no look-up is expected'));

/** What checking and sending say about a URL. */
async function verdictOf(url: string, lookup: NameLookup, policy = guarded): Promise<readonly unknown[]> {
  const outbound = newOutbound({ policy, lookup });
  const checked = (await outbound.check(url))?.code;
  const sent = await outbound.send(get(url)).then(
    ({ status }) => status,
    (error: unknown) => (error instanceof OutboundFailed ? error.code : error),
  );
  return [checked, sent];
}

const notAllowed = ['ADDRESS_NOT_ALLOWED', 'ADDRESS_NOT_ALLOWED'];
const unreadable = ['URL_NOT_ALLOWED', 'URL_NOT_ALLOWED'];

test('the corpus has at least 60 forms of addresses', () => {
  expect(new Set([...hosts.loopback, ...hosts.elsewhere]).size).toBeGreaterThanOrEqual(60);
});

test('the listener would count a request to any form of its addresses', async () => {
  const unguarded = newOutbound({ policy: anywhere, lookup: systemLookup });
  for (const host of hosts.loopback) await unguarded.send(get(`http://${host}:${machine.port}/`));
  expect(machine.connections()).toBe(hosts.loopback.length);
});

test('no form of an address leads to one that is not public', async () => {
  const verdicts = await Promise.all(
    [...hosts.loopback, ...hosts.elsewhere].map(async (host) => [
      host,
      ...(await verdictOf(`https://${host}:${machine.port}/`, systemLookup)),
    ]),
  );
  expect(verdicts).toEqual([...hosts.loopback, ...hosts.elsewhere].map((host) => [host, ...notAllowed]));
  expect(machine.connections()).toBe(0);
});

test('hosts and URLs that parsers read differently are rejected', async () => {
  const urls = [...hosts.unreadable.map((host) => `https://${host}:#/`), ...confusing].map((url) =>
    url.replaceAll('#', String(machine.port)),
  );
  // The fragment of one is also its mark for the port.
  const all = [...urls, `https://hooks.example.com#@127.0.0.1:${machine.port}/`];
  const verdicts = await Promise.all(all.map(async (url) => [url, ...(await verdictOf(url, nowhere))]));
  expect(verdicts).toEqual(all.map((url) => [url, ...unreadable]));
  expect(machine.connections()).toBe(0);
});

test('a name with any address that is not public is rejected', async () => {
  const url = `https://hooks.example.com:${machine.port}/`;
  const verdicts = await Promise.all(
    answers.map(async (found) => [found, ...(await verdictOf(url, async () => found))]),
  );
  expect(verdicts).toEqual(answers.map((found) => [found, ...notAllowed]));
  expect(machine.connections()).toBe(0);
});

test.each(['localhost', 'LOCALHOST.', 'a.localhost'])('%s is rejected without asking the DNS', async (name) => {
  const dns = await startDns(() => ['8.8.8.8']);
  cleanups.push(dns.close);
  expect(await verdictOf(`https://${name}:${machine.port}/`, dnsLookup(dns.resolver))).toEqual(notAllowed);
  expect([dns.queries(), machine.connections()]).toEqual([[], 0]);
});

test('a name that is public when it is checked and private when a request is sent is rejected then', async () => {
  const dns = await startDns((_name, query) => (query === 0 ? ['8.8.8.8'] : ['127.0.0.1']));
  cleanups.push(dns.close);
  expect(await verdictOf(`https://rebind.example.com:${machine.port}/`, dnsLookup(dns.resolver))).toEqual([
    undefined,
    'ADDRESS_NOT_ALLOWED',
  ]);
  expect(machine.connections()).toBe(0);
});

/** Two listeners on one port, of which requests may reach only the first. */
async function allowedBeside(location: (port: number) => string) {
  const refused = await tcpAt((socket) => void socket.end('HTTP/1.1 200 OK\r\n\r\n'), '127.0.0.3');
  const allowed = await httpAt(
    (request, response) =>
      void response
        .writeHead(Number(request.url?.slice(1)), {
          Location: location(refused.port),
          Refresh: `0; url=${location(refused.port)}`,
          'Alt-Svc': `h2="127.0.0.3:${refused.port}"`,
        })
        .end(),
    '127.0.0.2',
    refused.port,
  );
  cleanups.push(refused.close, allowed.close);
  const policy = { urls: anywhere.urls, allows: (address: string) => address === '127.0.0.2' };
  return { refused, allowed, policy };
}

test('a request goes to the address that was checked, whatever the DNS says next', async () => {
  const { refused, allowed, policy } = await allowedBeside(() => '');
  const dns = await startDns((_name, query) => (query === 0 ? ['127.0.0.2'] : ['127.0.0.3']));
  cleanups.push(dns.close);
  const outbound = newOutbound({ policy, lookup: dnsLookup(dns.resolver) });
  expect((await outbound.send(get(`http://rebind.example.com:${allowed.port}/200`))).status).toBe(200);
  expect([allowed.connections(), refused.connections()]).toEqual([1, 0]);
  expect(dns.queries().filter((query) => query.startsWith('A '))).toHaveLength(1);
});

test('no redirect leads to an address that was not checked', async () => {
  const { refused, allowed, policy } = await allowedBeside((port) => `http://127.0.0.3:${port}/`);
  const outbound = newOutbound({ policy, lookup: nowhere });
  const statuses = [200, 300, 301, 302, 303, 305, 307, 308, 401, 407, 503];
  for (const status of statuses)
    expect((await outbound.send(get(`http://127.0.0.2:${allowed.port}/${status}`))).status).toBe(status);
  expect([allowed.connections(), refused.connections()]).toEqual([statuses.length, 0]);
});

/** What a program prints as JSON. */
async function outputOf(program: string, env: Readonly<Record<string, string>>): Promise<unknown> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    env,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const output: string[] = [];
  child.stdout.setEncoding('utf8').on('data', (text: string) => output.push(text));
  await once(child, 'close');
  return JSON.parse(output.join(''));
}

/** Asks a URL by `outbound`, and by Node's own client, which does what the environment says. */
const bothWays = (url: string): string => `
  import { anywhere, newOutbound } from ${JSON.stringify(resolve('shared/outbound/outbound.ts'))};
  const url = ${JSON.stringify(url)};
  const outbound = newOutbound({ policy: anywhere, lookup: async () => ['127.0.0.1'] });
  const request = { method: 'GET', url, headers: {}, timeout: 5000, maxBytes: 10 };
  const ours = await outbound.send(request).catch((error) => error);
  const theirs = await fetch(url).catch((error) => error);
  console.log(JSON.stringify([ours.status ?? ours.code, theirs.status ?? 'failed']));`;

test('proxies of the environment are not used', async () => {
  const proxy = await tcpAt((socket) => void socket.once('data', () => socket.end('HTTP/1.1 502 X\r\n\r\n')));
  const target = await httpAt((_request, response) => void response.end());
  cleanups.push(proxy.close, target.close);
  const names = ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy'];
  const proxies = Object.fromEntries(names.map((name) => [name, `http://127.0.0.1:${proxy.port}`]));
  const program = bothWays(`http://hooks.example.com:${target.port}/`);
  expect(await outputOf(program, { NODE_USE_ENV_PROXY: '1', ...proxies })).toEqual([200, 'failed']);
  expect([target.connections(), proxy.connections()]).toEqual([1, 1]);
});

test('certificates are verified whatever the environment says', async () => {
  const target = await httpsAt(certificateFor('localhost'), (_request, response) => void response.end());
  cleanups.push(target.close);
  const program = bothWays(`https://localhost:${target.port}/`);
  expect(await outputOf(program, { NODE_TLS_REJECT_UNAUTHORIZED: '0' })).toEqual(['TLS_FAILED', 200]);
});
