import { describe, expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { tcpAt } from '#test/support/listeners.fixture.ts';
import { waitAtMost } from '../concurrency/wait-at-most.ts';
import { minute } from '../schema/time.ts';
import { readChain } from '../stir/certificate.ts';
import { issue, issueRoot } from '../stir/certificates.fixture.ts';
import { certificateSource } from './certificate-source.ts';
import {
  anywhere,
  newOutbound,
  publicOnly,
  type OutboundAnswer,
  type OutboundPolicy,
  type OutboundRequest,
} from './outbound.ts';
import { publicUrls } from './url-rules.ts';

const root = issueRoot();
const leaf = issue({ by: root });
const authorities = readChain(root.pem) ?? [];
const x5u = 'https://cert.example.org/1.pem';
const start = Date.parse('2026-06-01');

const answered = (excerpt: string, headers: Record<string, string> = {}, status = 200): OutboundAnswer => ({
  ...{ status, headers, excerpt, duration_ms: 1 },
});

/** A source whose fetches answer as given, after `release` if they are held. A call then waits for none. */
function sourceOf(answer: (url: string) => OutboundAnswer | Error, { held = false } = {}) {
  const clock = { now: start };
  const fetched: string[] = [];
  const sent: OutboundRequest[] = [];
  const waits: number[] = [];
  const waiting: (() => void)[] = [];
  const lists = { trusted: authorities };
  const source = certificateSource({
    outbound: {
      send: async (request) => {
        const { url } = request;
        sent.push(request);
        fetched.push(url);
        if (held) await new Promise<void>((resolve) => waiting.push(resolve));
        const given = answer(url);
        if (given instanceof Error) throw given;
        return given;
      },
    },
    authorities: async () => lists.trusted,
    now: () => clock.now,
    waitAtMost: async (time, work) => {
      waits.push(time);
      await waitAtMost(held ? 1 : 10_000, work);
    },
  });
  const ask = async (url = x5u, trunk = 'trunk_1'): Promise<unknown> => {
    const found = await source.forTrunk(trunk)(url);
    return 'reason' in found ? found.reason : 'trusted';
  };
  return { clock, fetched, sent, waits, lists, ask, release: () => waiting.splice(0).forEach((resolve) => resolve()) };
}

describe('a certificate', () => {
  test('is fetched once for all calls, also at the same time', async () => {
    const { ask, fetched } = sourceOf(() => answered(leaf.pem));
    expect(await Promise.all([ask(), ask(x5u, 'trunk_2')])).toEqual(['trusted', 'trusted']);
    expect([await ask(), fetched]).toEqual(['trusted', [x5u]]);
  });

  test('is fetched within five seconds, up to one byte more than is read', async () => {
    const { ask, sent } = sourceOf(() => answered(leaf.pem));
    await ask();
    expect(sent).toMatchObject([{ method: 'GET', url: x5u, timeout: 5_000, maxBytes: 32_769 }]);
  });

  test.each([
    ['max-age=600', 10 * minute],
    ['public, MAX-AGE=600, immutable', 10 * minute],
    ['max-age=604800', 24 * 60 * minute],
    ['no-store', minute],
    ['max-age=0', minute],
    ['s-maxage=5', 24 * 60 * minute],
    [undefined, 24 * 60 * minute],
  ])('with Cache-Control %s is used for %i ms', async (cacheControl, age) => {
    const headers: Record<string, string> = cacheControl === undefined ? {} : { 'cache-control': cacheControl };
    const { ask, fetched, clock } = sourceOf(() => answered(leaf.pem, headers));
    await ask();
    clock.now = start + age - 1;
    await ask();
    expect(fetched).toHaveLength(1);
    clock.now = start + age;
    expect([await ask(), fetched.length]).toEqual(['trusted', 2]);
  });

  test('is not trusted after its end', async () => {
    const short = issue({ by: root, to: new Date(start + minute) });
    const { ask, clock } = sourceOf(() => answered(short.pem));
    expect(await ask()).toBe('trusted');
    clock.now = start + minute + 1;
    expect(await ask()).toBe(437);
  });

  test('is not trusted after its authority left the list, and again when it is back', async () => {
    const { ask, lists, fetched } = sourceOf(() => answered(leaf.pem));
    expect(await ask()).toBe('trusted');
    lists.trusted = readChain(issueRoot('Other').pem) ?? [];
    expect(await ask()).toBe(437);
    lists.trusted = authorities;
    expect([await ask(), fetched.length]).toEqual(['trusted', 1]);
  });

  test('is not fetched without a list of authorities', async () => {
    const { ask, lists, fetched } = sourceOf(() => answered(leaf.pem));
    lists.trusted = [];
    expect([await ask(), fetched]).toEqual([436, []]);
  });

  test('of strangers is 437', async () => {
    expect(await sourceOf(() => answered(issue({ by: issueRoot('Other') }).pem)).ask()).toBe(437);
  });
});

describe('a failure', () => {
  test.each([
    ['a redirect', () => answered(leaf.pem, { location: 'https://other.example.org/' }, 302)],
    ['404', () => answered('', {}, 404)],
    ['a page', () => answered('<html></html>')],
    ['10 MB', () => answered(leaf.pem + 'x'.repeat(10_000_000))],
    ['no answer', () => new Error('connect')],
  ])('because of %s is 436 for five minutes', async (_name, answer) => {
    const { ask, fetched, clock } = sourceOf(answer);
    expect(await ask()).toBe(436);
    clock.now = start + 5 * minute - 1;
    expect([await ask(), fetched.length]).toEqual([436, 1]);
    clock.now = start + 5 * minute;
    expect([await ask(), fetched.length]).toEqual([436, 2]);
  });

  test('because of an address that is not public opens no connection', async () => {
    const machine = await tcpAt((socket) => void socket.end(), '::');
    const at = (host: string): string => `https://${host}:${machine.port}/`;
    const lookups: string[] = [];
    const lookup = async (name: string) => {
      lookups.push(name);
      return ['127.0.0.1'];
    };
    const ask = async (policy: OutboundPolicy, urls: readonly string[]) => {
      const source = certificateSource({
        outbound: newOutbound({ policy, lookup }),
        ...{ authorities: async () => authorities, now: () => start },
      });
      return Promise.all(urls.map((url) => source.forTrunk('trunk_1')(url)));
    };
    const urls = [at('127.0.0.1'), at('[::1]'), at('meta.example'), 'http://a.example/', 'file:///'];
    // The policy of deployments, but of any port.
    const found = await ask({ ...publicOnly, urls: { ...publicUrls, ports: undefined } }, urls);
    expect(found).toMatchObject(urls.map(() => ({ reason: 436 })));
    expect([lookups, machine.connections()]).toEqual([['meta.example'], 0]);
    // The listener counts.
    await ask(anywhere, urls.slice(0, 3));
    expect(machine.connections()).toBe(3);
    await machine.close();
  });
});

describe('a slow fetch', () => {
  test('is waited for half a second at most, and goes on for the next call', async () => {
    const { ask, release, fetched, waits } = sourceOf(() => answered(leaf.pem), { held: true });
    expect([await ask(), waits]).toEqual([436, [500]]);
    release();
    await eventually(async () => expect(await ask()).toBe('trusted'));
    expect(fetched).toHaveLength(1);
  });
});

describe('a trunk', () => {
  const urlOf = (at: number): string => `https://cert.example.org/${at}.pem`;
  const askAll = (ask: (url: string, trunk?: string) => Promise<unknown>, count: number, trunk?: string) =>
    Promise.all(Array.from({ length: count }, (_each, at) => ask(urlOf(at), trunk)));

  test('has five fetches at once, and another trunk five more', async () => {
    const { ask, fetched, release } = sourceOf(() => answered(leaf.pem), { held: true });
    await askAll(ask, 8);
    expect(fetched).toHaveLength(5);
    await ask(urlOf(100), 'trunk_2');
    expect(fetched).toHaveLength(6);
    release();
    await eventually(async () => expect(await ask(urlOf(0))).toBe('trusted'));
    await ask(urlOf(7));
    expect(fetched).toHaveLength(7);
  });

  test('has twenty fetches a minute, and what is over is not remembered as a failure', async () => {
    const { ask, fetched, clock } = sourceOf(() => answered(leaf.pem));
    for (let at = 0; at < 20; at += 1) expect(await ask(urlOf(at))).toBe('trusted');
    expect([await ask(urlOf(20)), await ask(urlOf(0)), fetched.length]).toEqual([436, 'trusted', 20]);
    clock.now += minute;
    expect([await ask(urlOf(20)), fetched.length]).toEqual(['trusted', 21]);
  });

  test('does not use up the fetches of all others', async () => {
    const { ask, fetched } = sourceOf(() => answered(leaf.pem), { held: true });
    for (let trunk = 0; trunk < 12; trunk += 1)
      await Promise.all([0, 1, 2, 3, 4].map((at) => ask(urlOf(trunk * 5 + at), `trunk_${trunk}`)));
    expect(fetched).toHaveLength(50);
  });
});

test('a thousand URLs are remembered, and no more', async () => {
  const { ask, fetched } = sourceOf(() => answered(leaf.pem));
  for (let at = 0; at <= 1_000; at += 1) await ask(`https://a.example/${at}`, `trunk_${at}`);
  await ask('https://a.example/1', 'trunk_a');
  expect(fetched).toHaveLength(1_001);
  await ask('https://a.example/0', 'trunk_a');
  expect(fetched).toHaveLength(1_002);
});
