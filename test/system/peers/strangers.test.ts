import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SipResponse } from '#sip/message.ts';
import { newPhone, type Phone } from '../../support/sip-phone.fixture.ts';
import { needs } from '../../support/tools.ts';
import { newAccounts, newPeerTenant, type Account } from './accounts.ts';
import { openNetwork, type Network } from './network.ts';
import { run, temporaryFolder } from './program.ts';
import { ownAddress, peerPort, sipServer } from './sip-server.ts';

const phones: Phone[] = [];
afterAll(() => phones.forEach((phone) => phone.close()));

/** A phone at its own address. */
async function phoneAt(from: string, account: Pick<Account, 'username' | 'password' | 'domain'>): Promise<Phone> {
  const phone = await newPhone(sipServer, account, { from });
  phones.push(phone);
  return phone;
}

let account: Account;
let tenantsPhone: Phone;
beforeAll(async () => {
  const [made] = await newAccounts(await newPeerTenant(), { devices: 1 });
  account = made!;
  tenantsPhone = await phoneAt(ownAddress(), account);
});

const isServed = async (): Promise<boolean> =>
  (await tenantsPhone.register()).status === 200 && (await tenantsPhone.ask('OPTIONS')).status === 200;

describe('sipsak', () => {
  needs('sipsak');
  const sipsak = async ({ address, port }: Network, args: readonly string[]) =>
    (await run('sipsak', [...args, '-s', `sip:nobody@${address}:${port}`])).printed;

  test('gets an answer to OPTIONS', async () => {
    await using network = await openNetwork(ownAddress());
    expect(await sipsak(network, ['-v'])).toContain('200 OK');
  });

  test('that sends randomly mutated messages does not affect others', async () => {
    await using network = await openNetwork(ownAddress());
    // The run ends at random, with the first message that gets no answer.
    while (network.carried.there < 20) expect(await sipsak(network, ['-R', '-v'])).not.toMatch(/SIP\/2\.0 5/);
    expect(await isServed()).toBe(true);
  });

  test('that floods is answered within the rate of a stranger, and others are served', async () => {
    await using network = await openNetwork(ownAddress());
    const began = performance.now();
    while (network.carried.there < 3_000) await sipsak(network, ['-F', '-e', '1000']);
    expect(await isServed()).toBe(true);
    expect(network.carried.back).toBeLessThan(1_000 + 0.2 * (performance.now() - began));
  });
});

/** svwar binds this port, or the next free one, on all addresses. */
const scannerPort = peerPort + 10;

describe.concurrent('sipvicious', () => {
  needs('svwar');

  test('svmap finds a server, but not its product', async () => {
    const { printed } = await run('svmap', [
      '-b',
      ownAddress(),
      '-P',
      String(scannerPort),
      '-p',
      String(sipServer.port),
      sipServer.address,
    ]);
    expect(printed).toMatch(new RegExp(`${sipServer.address}:${sipServer.port} *\\| *unknown`));
  });

  test.each([
    ['REGISTER', []],
    ['REGISTER', ['--force']],
    ['OPTIONS', []],
    ['INVITE', ['--force']],
  ] as const)('svwar finds no extension by %s %j', async (method, more) => {
    using folder = temporaryFolder();
    writeFileSync(join(folder.path, 'names'), [account.username, '200', 'nobody', '201', ''].join('\n'));
    await using network = await openNetwork(ownAddress());
    const { printed } = await run(
      'svwar',
      [...more, '-m', method, '-P', String(scannerPort), '-d', 'names', '-p', String(network.port), network.address],
      { folder: folder.path },
    );
    expect(printed).toContain('found nothing');
    expect(printed).not.toMatch(/\| *(reqauth|noauth|weird)/);
  });
});

/** Headers that follow from the request, or have a nonce. */
const own = new Set(['Via', 'From', 'To', 'Call-ID', 'CSeq', 'WWW-Authenticate', 'Proxy-Authenticate']);

describe('existing and missing users get the same answer', () => {
  const seen = (answer: SipResponse): unknown => [
    answer.status,
    answer.reason,
    [...answer.headers].map(({ name, value }) => [name, own.has(name) ? '' : value]),
  ];

  test.each([
    ['REGISTER with a wrong password', (phone: Phone) => phone.register()],
    ['REGISTER without credentials', (phone: Phone, uri: string) => phone.ask('REGISTER', { uri })],
    ['OPTIONS', (phone: Phone, uri: string) => phone.ask('OPTIONS', { uri })],
    ['INVITE', (phone: Phone, uri: string) => phone.ask('INVITE', { uri })],
    ['SUBSCRIBE', (phone: Phone, uri: string) => phone.ask('SUBSCRIBE', { uri })],
    ['MESSAGE', (phone: Phone, uri: string) => phone.ask('MESSAGE', { uri })],
  ] as const)('to %s', async (_, asks) => {
    const from = ownAddress();
    const answers = await Promise.all(
      [account.username, 'f'.repeat(22), '200', '299'].map(async (username) => {
        const stranger = await phoneAt(from, { username, password: 'guessed', domain: account.domain });
        return seen(await asks(stranger, `sip:${username}@${account.domain}`));
      }),
    );
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  });
});
