import { expect, test } from 'vitest';
import { guessedRegister, newCaller, strangersRequest } from '#test/support/sip-caller.fixture.ts';
import { eventually } from '#test/support/eventually.ts';
import { addAccount, type Account, testSidecar } from './sidecar.fixture.ts';

const task = testSidecar();

let devices = 0;
const newAccount = async (): Promise<Account> => {
  devices += 1;
  return addAccount(task.store, { device: `dev_${devices}` });
};
const phoneAt = async (from: string, account: Account, transport: 'udp' | 'tcp' = 'udp') => {
  const phone = await task.sidecar.phone(account, { from, transport });
  task.everything.defer(() => phone.close());
  return phone;
};
const strangerAt = async (from: string) => {
  const stranger = await newCaller(task.sidecar.bound.udp, from);
  task.everything.defer(() => stranger.close());
  return stranger;
};

test('forged REGISTERs with made-up nonces affect neither the phones at that address nor the forged user', async () => {
  const office = '127.0.1.1';
  const account = await newAccount();
  const phone = await phoneAt(office, account);
  const forger = await strangerAt(office);
  for (let packet = 0; packet < 100; packet += 1) forger.send(guessedRegister(account.username));
  await eventually(() => expect(forger.received.length).toBeGreaterThan(30));
  expect((await phone.register()).status).toBe(200);
  expect((await (await phoneAt(office, await newAccount())).register()).status).toBe(200);
});

test('a nonce is worth nothing at another address over UDP', async () => {
  const account = await newAccount();
  const owner = await strangerAt('127.0.1.2');
  owner.send(strangersRequest('REGISTER', { username: account.username }));
  const nonceIn = (packet = '') => /nonce="([^"]+)"/.exec(packet)?.[1] ?? '';
  await eventually(() => expect(nonceIn(owner.received[0])).not.toBe(''));
  const nonce = nonceIn(owner.received[0]);
  const statusesAt = async (from: string, count: number) => {
    const stranger = await strangerAt(from);
    for (let packet = 0; packet < count; packet += 1) stranger.send(guessedRegister(account.username, nonce));
    await eventually(() => expect(stranger.received).toHaveLength(count));
    return new Set(stranger.received.map((packet) => packet.slice(8, 11)));
  };
  expect([await statusesAt('127.0.1.3', 30), await statusesAt('127.0.1.2', 1)]).toEqual([
    new Set(['401']),
    new Set(['403']),
  ]);
});

test('an office with one phone whose password is wrong is not silenced', async () => {
  const office = '127.0.1.4';
  const account = await newAccount();
  const phone = await phoneAt(office, await newAccount());
  const wrong = await phoneAt(office, { ...account, password: 'before the rotation' });
  const statuses: number[] = [];
  for (let attempt = 0; attempt < 25; attempt += 1) statuses.push((await wrong.register()).status);
  expect([statuses.slice(0, 20).every((status) => status === 403), statuses.at(-1)]).toEqual([true, 503]);
  expect((await phone.register()).status).toBe(200);
  expect((await (await phoneAt('127.0.1.5', account)).register()).status).toBe(200);
});
