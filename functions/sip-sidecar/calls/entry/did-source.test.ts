import { beforeAll, describe, expect, test } from 'vitest';
import { organizationOf } from '#test/support/people.fixture.ts';
import { testDependencies } from '#test/support/dependencies.fixture.ts';
import { testStore } from '#test/support/store.fixture.ts';
import { setAddresses, trunkOf } from '#test/support/resources.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { numberRow } from '#dynamodb/rows/number.ts';
import { organizationRow } from '#dynamodb/rows/organization.ts';
import { trunkRegistrationRow, trunkRow, type TrunkItem } from '#dynamodb/rows/trunk.ts';
import { create } from '#dynamodb/write.ts';
import { contextOf } from '#runtime/background-context.ts';
import { didSources } from '#telephony/peer-settings.ts';
import type { TrunkIp } from '#telephony/trunk-addresses.ts';
import { newInventoryNumber } from '#functions/telephony/numbers/number.ts';
import { sipSidecar } from '../../contract.ts';
import { accountOf } from '../../service/sidecar.fixture.ts';
import { Directory } from '../directory/directory.ts';
import { admissionOf, advertised, flowFrom, inviteTo } from './admission.fixture.ts';

/** Where the dialed number of an INVITE of a peer is read (`did_source`). */

const [victim, tenant, stranger] = [1_001, 1_002, 1_003] as const;
const numberOf = (organization: number): string => `+1212555${organization}`;
const [victims, own, another] = [numberOf(victim), numberOf(tenant), numberOf(stranger)];

const running = testStore();
beforeAll(async () => {
  for (const id of [victim, tenant, stranger]) {
    const inventory = newInventoryNumber(
      { country: 'US', type: 'geographic' },
      { number: numberOf(id), id: `num_${id}`, now: '2026-11-20T10:00:00.000Z' },
    );
    await commit(running.store, id, [create(organizationRow, organizationOf(id))]);
    await commit(running.store, 0, [create(numberRow, { ...inventory, state: 'active', org_id: id })]);
  }
});

let trunks = 0;

type Has = Partial<TrunkItem> & {
  readonly proof?: 'trusted' | 'proven';
  readonly isRegistered?: boolean;
  /** What its registrar says of its account (RFC 7315 §4.1). */
  readonly associated?: readonly string[];
};

/** Trunks at a new address, which read all headers unless they say otherwise. @returns the address */
async function trunksAt(...all: readonly Has[]): Promise<string> {
  const address = `10.0.${(trunks += 1)}.1`;
  for (const { proof, isRegistered = false, associated, ...more } of all) {
    const trunk = trunkOf({ id: `trunk_${(trunks += 1)}`, org_id: tenant, did_source: didSources, ...more });
    const entry: TrunkIp = {
      ...{ id: 'ip_1', address, type: 'signaling', port: 5_060, priority: 1, active: true },
      ...{ created_at: '', updated_at: '' },
      ...(proof === undefined ? {} : { [proof]: true as const }),
    };
    await commit(running.store, trunk.org_id, [create(trunkRow, trunk)]);
    await setAddresses(running.store, trunk, [entry]);
    if (isRegistered)
      await commit(running.store, trunk.org_id, [
        create(trunkRegistrationRow, {
          ...{ id: trunk.id, call_id: null, cseq: 1, epoch: 1, status: 'active', state: 'registered', failures: 0 },
          ...{ expires_at: '2999-01-01T00:00:00.000Z', last_attempt: null, next_attempt: '', last_error: null },
          ...(associated && { associated_uris: associated }),
        }),
      ]);
  }
  return address;
}

/** The organization of a call and what it calls, or the status that rejects it. */
async function callFrom(address: string, called: string, lines: readonly string[] = [], host?: string) {
  const { admitted, status, routed } = await admissionOf(
    running.store,
    inviteTo(called, lines, host),
    flowFrom(address),
  );
  return admitted === undefined ? String(status) : `${admitted.caller.organization.org_id} ${await routed()}`;
}

const to = (number: string): string => `To: <sip:${number}@carrier.example>`;
const carrier = { type: 'carrier', proof: 'trusted' } as const;

describe('a carrier whose address is confirmed', () => {
  test.each([
    ['To', to(own)],
    ['To in national form, as its trunk writes numbers', to(own.slice(2))],
    ['To as a tel URI with parameters', `To: <tel:${own};npdi;isub=1>`],
    ['P-Called-Party-ID', `P-Called-Party-ID: <sip:${own}@carrier.example>`],
    ['P-Preferred-Identity', `P-Preferred-Identity: "Main" <sip:${own}@carrier.example>`],
    ['the third Diversion', `Diversion: <sip:1@x>, <sip:2@x>, <sip:${own}@x>`],
  ])('names the number by %s', async (_, line) => {
    const address = await trunksAt(carrier);
    expect(await callFrom(address, 'trunk-account', [line])).toBe(`${tenant} ${own}`);
  });

  test('names none by a header that its trunk does not read, and none by default', async () => {
    for (const did_source of [['request_uri', 'diversion'], ['request_uri']] as const)
      expect(await callFrom(await trunksAt({ ...carrier, did_source }), 'trunk-account', [to(own)])).toBe('404');
  });

  test('is read in the order of its sources', async () => {
    const second = '+12125559999';
    await commit(running.store, 0, [
      create(numberRow, {
        ...newInventoryNumber({ country: 'US', type: 'geographic' }, { number: second, id: 'num_2', now: '' }),
        ...{ state: 'active', org_id: tenant },
      }),
    ]);
    const lines = [to(own), `Diversion: <sip:${second}@x>`];
    const first = await trunksAt({ ...carrier, did_source: ['to', 'diversion'] });
    const last = await trunksAt({ ...carrier, did_source: ['diversion', 'to'] });
    expect([await callFrom(first, 'x', lines), await callFrom(last, 'x', lines)]).toEqual([
      `${tenant} ${own}`,
      `${tenant} ${second}`,
    ]);
  });

  test('calls the holder of the number in the Request-URI, whatever other headers name', async () => {
    const address = await trunksAt(carrier, { ...carrier, org_id: victim });
    expect(await callFrom(address, victims, [to(own)])).toBe(`${victim} ${victims}`);
    // Its holder is not called from here: nothing else is read.
    expect(await callFrom(await trunksAt(carrier), another, [to(own)])).toBe('404');
  });

  test('does not reach the number of another organization by a header', async () => {
    const address = await trunksAt(carrier, { type: 'carrier', org_id: victim });
    for (const line of [to(victims), to(another), `Diversion: ${Array(10).fill(`<sip:${victims}@x>`).join(', ')}`])
      expect(await callFrom(address, 'trunk-account', [line])).toBe('404');
  });

  test('for two organizations names none by a header', async () => {
    const address = await trunksAt(carrier, { ...carrier, org_id: victim });
    expect(await callFrom(address, 'trunk-account', [to(own)])).toBe('404');
  });

  test('gets a 404 that says what was read, and one line of the log says it, too', async () => {
    const address = await trunksAt({ ...carrier, did_source: ['request_uri', 'to', 'diversion'] });
    const wrong = inviteTo('main%22', [to('+1%0d%0a212')]);
    const { status, warning, lines } = await admissionOf(running.store, wrong, flowFrom(address));
    const tried = `did_source of trunk_${trunks}: request_uri main?, to +1??212, diversion none`;
    expect([status, warning]).toEqual([404, expect.stringContaining(`399 192.0.2.9 "${tried}; number_format of`)]);
    expect(lines).toEqual([
      `no number of a call ${JSON.stringify({ organization: tenant, trunk: `trunk_${trunks}`, tried })}`,
    ]);
  });

  test('that dials keys or letters behind a number gets 484, and reaches no part of it', async () => {
    const address = await trunksAt(carrier);
    const national = own.slice(2);
    for (const called of [
      `${national}%2312`,
      `${own}%23`,
      `${national}*1`,
      `${national}x12`,
      `212%20${national.slice(3)}`,
    ]) {
      const { status, reason } = await admissionOf(running.store, inviteTo(called), flowFrom(address));
      expect([called, status, reason]).toEqual([called, 484, 'Q.850;cause=28']);
    }
    expect(await callFrom(address, 'trunk-account', [to(`${national}%2312`)])).toBe('404');
  });

  test('with long and malformed headers is a 404', async () => {
    const address = await trunksAt(carrier);
    for (const lines of [
      [`Diversion: ${Array(400).fill('<sip:+12125550000@x>').join(', ')}`],
      [`P-Called-Party-ID: <sip:${'1'.repeat(9_000)}@x>`],
      ['P-Preferred-Identity: <<<', 'Diversion: "'],
      [`P-Called-Party-ID: <sip:${own}@x>`, `P-Called-Party-ID: <sip:${own}@y>`],
    ])
      expect(await callFrom(address, 'trunk-account', lines)).toBe('404');
  });
});

describe('a carrier whose address is confirmed by no one', () => {
  const account = { type: 'carrier', register: true, username: 'account' } as const;

  test('names the number by a header if the Request-URI is the Contact of a registered trunk', async () => {
    const address = await trunksAt({ ...account, isRegistered: true });
    expect(await callFrom(address, 'account', [to(own)], advertised.host)).toBe(`${tenant} ${own}`);
    // Else it is a stranger, who is asked for credentials.
    expect(await callFrom(address, 'other', [to(own)], advertised.host)).toBe('407');
    expect(await callFrom(address, 'account', [to(own)], 'other.example')).toBe('407');
  });

  test('reads the user of the Contact where it is set', async () => {
    const address = await trunksAt({ ...account, contact_user: 'line-1', isRegistered: true });
    expect(await callFrom(address, 'line-1', [to(own)], advertised.host)).toBe(`${tenant} ${own}`);
    expect(await callFrom(address, 'account', [to(own)], advertised.host)).toBe('407');
  });

  test('names none by a header unless the trunk is registered', async () => {
    const address = await trunksAt(account);
    expect(await callFrom(address, 'account', [to(own)], advertised.host)).toBe('407');
  });

  test('does not let a second trunk with the same Contact take calls of the first one', async () => {
    const address = await trunksAt(
      { ...account, isRegistered: true, did_source: ['request_uri', 'to'] },
      { ...account, isRegistered: true, org_id: stranger, did_source: ['diversion'] },
    );
    const forwarded = [to(own), `Diversion: <sip:${another}@x>`];
    expect(await callFrom(address, 'account', [to(own)], advertised.host)).toBe(`${tenant} ${own}`);
    expect(await callFrom(address, 'account', forwarded, advertised.host)).toBe('404');
  });
});

describe('P-Associated-URI', () => {
  const associated = [own, victims, another].flatMap((number) => [`sip:${number}@carrier.example`, `tel:${number}`]);
  const named = `P-Associated-URI: ${associated.map((uri) => `<${uri}>`).join(', ')}`;
  const account = { register: true, username: 'account', isRegistered: true, associated } as const;

  test('grants a registered trunk no number', async () => {
    const address = await trunksAt({ ...account, type: 'carrier' });
    const called = (line: string) => callFrom(address, 'account', [line, named], advertised.host);
    expect(await called(to(own))).toBe(`${tenant} ${own}`);
    for (const line of [to('account'), to(victims), to(another)])
      expect([line, await called(line)]).toEqual([line, '404']);
  });

  test('grants no route', async () => {
    await trunksAt({ ...account, type: 'carrier' });
    const context = contextOf(sipSidecar, testDependencies(running.store));
    const directory = new Directory({ ...context, knownBindings: () => undefined });
    expect(await directory.isRegistered(tenant, `trunk_${trunks}`)).toBe(true);
    expect(await directory.serviceRoute(tenant, `trunk_${trunks}`)).toEqual([]);
  });

  test('grants a PBX no caller id', async () => {
    const address = await trunksAt({ ...account, type: 'pbx', proof: 'proven' });
    const callerOf = async (number: string) => {
      const lines = [`From: <sip:${number}@pbx.example>;tag=1`, named];
      return (await admissionOf(running.store, inviteTo(own, lines), flowFrom(address))).admitted?.caller.number;
    };
    expect([await callerOf(own), await callerOf(victims), await callerOf(another)]).toEqual([own, null, null]);
  });
});

test('the number portability that a PBX writes goes on, and not that of a peer', async () => {
  const dialed = `${own.replace('1212', '1213')};npdi;rn=+12135550199`;
  const written = async (type: 'pbx' | 'peer') => {
    const address = await trunksAt({ type, proof: 'proven' });
    const outcome = await admissionOf(running.store, inviteTo(dialed), flowFrom(address));
    return [await outcome.routed(), outcome.written?.()];
  };
  expect([await written('pbx'), await written('peer')]).toEqual([
    ['+12135551002', dialed],
    ['+12135551002', undefined],
  ]);
});

describe('a PBX', () => {
  const pbx = { type: 'pbx', proof: 'proven' } as const;

  test('that has proven its address calls an own number that a header names', async () => {
    const address = await trunksAt(pbx);
    expect(await callFrom(address, 'switchboard', [to(own)])).toBe(`${tenant} ${own}`);
    expect(await callFrom(address, 'switchboard', [to(victims)])).toBe(`${tenant} switchboard`);
  });

  test('calls what its Request-URI says if that is a number of anyone, or calls help', async () => {
    const address = await trunksAt(pbx);
    expect(await callFrom(address, victims, [to(own)])).toBe(`${tenant} ${victims}`);
    expect(await callFrom(address, '911', [to(own)])).toBe(`${tenant} 911`);
  });

  test('that has authenticated does so from the address of its list, which no one has proven', async () => {
    const address = await trunksAt({ type: 'pbx' });
    const { item } = accountOf({ username: 'pbx-1' });
    const account = { ...item, kind: 'trunk', org_id: tenant, trunk_id: `trunk_${trunks}` } as const;
    const { routed } = await admissionOf(running.store, inviteTo('switchboard', [to(own)]), flowFrom(address), {
      kind: 'trunk',
      account,
    });
    expect(await routed()).toBe(own);
  });
});
