import { expect, test } from 'vitest';
import { tcpAt } from '#test/support/listeners.fixture.ts';
import { waitAtMost } from '../concurrency/wait-at-most.ts';
import { hour, minute } from '../schema/time.ts';
import { readChain } from '../stir/certificate.ts';
import { issue, issueList, issueRoot, type ListToIssue } from '../stir/certificates.fixture.ts';
import { certificateSource } from './certificate-source.ts';
import { anywhere, newOutbound, publicOnly, type OutboundAnswer, type OutboundPolicy } from './outbound.ts';
import { revocationSource, type NamedList } from './revocation-source.ts';
import { publicUrls } from './url-rules.ts';

const root = issueRoot();
const leaf = issue({ by: root });
const issuers = readChain(root.pem) ?? [];
const certificate = readChain(leaf.pem)?.[0] ?? expect.fail();
const url = 'https://authority.example/list.crl';
const start = Date.parse('2026-06-01');
const soon = { thisUpdate: new Date(start), nextUpdate: new Date(start + 30 * minute) };

const answered = (bytes: Buffer, status = 200): OutboundAnswer => ({
  ...{ status, headers: {}, excerpt: bytes.toString('latin1'), duration_ms: 1 },
});
const revoking = (list: ListToIssue = {}): OutboundAnswer => answered(issueList(root, { revoked: [leaf], ...list }));

/** A source of one list that is answered as `state` says. */
function sourceOf(answer: OutboundAnswer | Error, { isHeld = false } = {}) {
  const state = { now: start, answer, lists: [{ url, issuers }] as readonly NamedList[] };
  const [fetched, reported]: [string[], string[]] = [[], []];
  const waits: number[] = [];
  let release = (): void => undefined;
  const held = isHeld ? new Promise<void>((resolve) => (release = resolve)) : Promise.resolve();
  const source = revocationSource({
    outbound: {
      send: async (request) => {
        fetched.push(request.url);
        await held;
        if (state.answer instanceof Error) throw state.answer;
        return state.answer;
      },
    },
    lists: async () => state.lists,
    report: (_url, problem) => void reported.push(problem),
    now: () => state.now,
    waitAtMost: async (time, work) => {
      waits.push(time);
      await waitAtMost(isHeld ? 1 : 10_000, work);
    },
  });
  /** Asks when fetches that are due have ended. */
  const isRevoked = async (): Promise<boolean> => {
    await source();
    await new Promise(setImmediate);
    return (await source()).has(certificate);
  };
  return { source, state, fetched, reported, waits, isRevoked, release: () => release() };
}

test('a list is fetched at its first use, and again each hour', async () => {
  const { isRevoked, state, fetched, reported } = sourceOf(answered(issueList(root)));
  expect(await isRevoked()).toBe(false);
  state.answer = revoking();
  state.now = start + hour - 1;
  expect([await isRevoked(), fetched]).toEqual([false, [url]]);
  state.now = start + hour;
  expect([await isRevoked(), fetched.length, reported]).toEqual([true, 2, []]);
});

test('a list is fetched when its next one is due', async () => {
  const { isRevoked, state, fetched } = sourceOf(revoking(soon));
  await isRevoked();
  state.now = start + 30 * minute - 1;
  await isRevoked();
  expect(fetched).toHaveLength(1);
  state.now = start + 30 * minute;
  await isRevoked();
  expect(fetched).toHaveLength(2);
});

test('what was revoked stays revoked while a list cannot be had, which is reported once it is late', async () => {
  const { isRevoked, state, fetched, reported } = sourceOf(revoking(soon));
  await isRevoked();
  for (const [answer, problem] of [
    [new Error('down'), 'was not retrieved'],
    [answered(Buffer.alloc(0), 302), 'was answered with 302'],
    [answered(Buffer.from('<html>')), 'is malformed'],
    [answered(issueList(issueRoot())), 'is not signed by its issuer with ECDSA and SHA-2'],
    [answered(issueList(root, { thisUpdate: new Date(start - hour) })), 'is older than the last one'],
    [revoking(soon), 'is out of date'],
  ] as const) {
    state.now += hour;
    state.answer = answer;
    expect([await isRevoked(), reported.at(-1)]).toEqual([true, problem]);
  }
  expect([fetched.length, reported.length]).toEqual([7, 6]);
});

test('a list that was never had revokes nothing, is reported, and is fetched again after five minutes', async () => {
  const { isRevoked, state, fetched, reported } = sourceOf(new Error('down'));
  expect([await isRevoked(), await isRevoked(), fetched.length]).toEqual([false, false, 1]);
  state.answer = revoking();
  state.now = start + 5 * minute;
  expect([await isRevoked(), reported]).toEqual([true, ['was not retrieved']]);
});

test('a call waits 400 ms for a slow list at most, and the next one has it', async () => {
  const { source, isRevoked, fetched, waits, release } = sourceOf(revoking(), { isHeld: true });
  expect([(await source()).has(certificate), waits]).toEqual([false, [400]]);
  release();
  expect([await isRevoked(), fetched.length]).toEqual([true, 1]);
});

test('a list that is not named any more revokes nothing; one that stays is not fetched again', async () => {
  const { isRevoked, state, fetched } = sourceOf(revoking());
  await isRevoked();
  state.lists = [{ url, issuers: readChain(root.pem) ?? [] }];
  expect([await isRevoked(), fetched.length]).toEqual([true, 1]);
  state.lists = [];
  expect(await isRevoked()).toBe(false);
});

test('a list at an address that is not public opens no connection', async () => {
  const machine = await tcpAt((socket) => void socket.end(), '::');
  const named = ['authority.example', '127.0.0.1', '[::1]'].map((host) => `https://${host}:${machine.port}/`);
  const ask = async (policy: OutboundPolicy, urls: readonly string[]) => {
    const reported: string[] = [];
    const source = revocationSource({
      outbound: newOutbound({ policy, lookup: async () => ['127.0.0.1'] }),
      lists: async () => urls.map((each) => ({ url: each, issuers })),
      report: (_url, problem) => void reported.push(problem),
      now: () => start,
      waitAtMost: async (_time, work) => void (await work),
    });
    return [(await source()).has(certificate), ...reported];
  };
  const missed = 'was not retrieved';
  // The policy of deployments, but of any port.
  const guarded = { ...publicOnly, urls: { ...publicUrls, ports: undefined } };
  expect(await ask(guarded, [...named, 'http://authority.example/'])).toEqual([false, missed, missed, missed, missed]);
  expect(machine.connections()).toBe(0);
  // The listener counts.
  await ask(anywhere, named);
  expect(machine.connections()).toBe(3);
  await machine.close();
});

test('a cached certificate is not trusted from the list on that revokes it', async () => {
  const { source, state } = sourceOf(answered(issueList(root)));
  const { forTrunk } = certificateSource({
    outbound: { send: async () => ({ ...answered(Buffer.from(leaf.pem)) }) },
    ...{ authorities: async () => issuers, revocations: source, now: () => state.now },
  });
  const ask = () => forTrunk('trunk_1')('https://cert.example.org/1.pem');
  expect(await ask()).toHaveProperty('key');
  state.answer = revoking();
  state.now = start + hour;
  await ask();
  await new Promise(setImmediate);
  expect(await ask()).toMatchObject({ reason: 437, problem: 'the certificate is revoked' });
});
