import { describe, expect, test } from 'vitest';
import type { Trunk } from '#telephony/trunk.ts';
import { codeOf, failureOf } from '#test/support/errors.fixture.ts';
import { examples } from './examples.ts';
import {
  assertMayFormat,
  assertNotInUse,
  changeTrunk,
  newTrunk,
  NewSipTrunk,
  registrationChange,
  replaceTrunk,
  SipTrunkChange,
} from './sip-trunk.ts';

const now = '2026-11-20T10:00:00.000Z';
const later = '2026-11-20T11:00:00.000Z';
const identity = { id: 'trunk_1', organization: 1001, type: 'carrier', now } as const;
const newBody = (more: object = {}): NewSipTrunk =>
  NewSipTrunk.parse({ name: 'Carrier', host: 'sip.example.com', ...more });
const trunkOf = (more: object = {}, sealed: string | null = null): Trunk => newTrunk(newBody(more), sealed, identity);
const registering = (more: object = {}): Trunk => trunkOf({ register: true, username: 'user', ...more }, 'sealed');

type Changes = { readonly sealed?: string | null; readonly isOperator?: boolean };
const changed = (trunk: Trunk, body: object, { sealed, isOperator = false }: Changes = {}): Trunk =>
  changeTrunk(trunk, SipTrunkChange.parse(body), sealed, { organization: 1001, isOperator, now: later });

describe('a body', () => {
  test('of the examples is accepted', () => {
    expect(NewSipTrunk.safeParse(examples.createTrunk).success).toBe(true);
    expect(SipTrunkChange.safeParse(examples.updateTrunk).success).toBe(true);
  });

  test.each([
    ['name', 'x'.repeat(128), 'x'.repeat(129)],
    ['port', 65_535, 65_536],
    ['port', 1, 0],
    ['max_channels', 10_000, 10_001],
    ['max_channels', 1, 0],
    ['caller_id_name', 'x'.repeat(64), 'x'.repeat(65)],
    ['caller_id_number', '+46890510', '0890510'],
    ['transport', 'tls', 'sctp'],
    ['dtmf_mode', 'info', 'tone'],
    ['type', 'peer', 'carriers'],
  ])('limits %s: %s is accepted and %s is not', (field, accepted, rejected) => {
    expect([accepted, rejected].map((value) => SipTrunkChange.safeParse({ [field]: value }).success)).toEqual([
      true,
      false,
    ]);
  });

  test('cannot set a trunk pending', () => {
    expect(SipTrunkChange.safeParse({ status: 'pending' }).success).toBe(false);
  });
});

describe('a new trunk', () => {
  test('has the documented defaults', () => {
    expect(trunkOf()).toMatchObject({
      status: 'active',
      transport: 'udp',
      port: 5060,
      register: false,
      codecs: ['G.711', 'G.722', 'G.729', 'OPUS'],
      dtmf_mode: 'rfc2833',
      nat_support: false,
      max_channels: null,
      sealed_password: null,
      version: 1,
    });
  });

  test('uses port 5061 with TLS unless the body has a port', () => {
    expect([trunkOf({ transport: 'tls' }).port, trunkOf({ transport: 'tls', port: 5070 }).port]).toEqual([5061, 5070]);
  });

  test('needs a type', () => {
    expect(failureOf(() => newTrunk(newBody(), null, { ...identity, type: undefined }))).toBe('MISSING_FIELD type');
  });

  test('needs a user name and a password to register', () => {
    expect(failureOf(() => trunkOf({ register: true }, 'sealed'))).toBe('VALIDATION_FAILED username');
    expect(failureOf(() => trunkOf({ register: true, username: 'user' }))).toBe('VALIDATION_FAILED password');
    expect(registering().register).toBe(true);
  });

  test('never contains the password of the body', () => {
    expect(JSON.stringify(trunkOf({ password: 'plain secret' }, 'sealed'))).not.toContain('plain secret');
  });
});

describe('the number format of a trunk', () => {
  const [nines, eights] = [{ strip: ['9'] }, { strip: ['8'] }];
  const formatted = trunkOf({ number_format: nines });

  test('is validated as that of an organization', () => {
    for (const number_format of [
      { strip: ['a'] },
      { strip: Array.from({ length: 11 }, () => '9') },
      { country: 'USA' },
    ])
      expect(SipTrunkChange.safeParse({ number_format }).success).toBe(false);
    for (const number_format of [nines, {}, null])
      expect(SipTrunkChange.safeParse({ number_format }).success).toBe(true);
  });

  test('is kept by a PUT or POST that does not name it, and removed by null', () => {
    expect(replaceTrunk(formatted, newBody(), undefined, later).number_format).toEqual(nines);
    expect(replaceTrunk(formatted, newBody({ number_format: null }), undefined, later).number_format).toBeNull();
    expect(changed(formatted, { nat_support: true }).number_format).toEqual(nines);
    expect(changed(formatted, { number_format: null }).number_format).toBeNull();
  });

  test('is changed by the seller only, who else may send it unchanged', () => {
    const isDenied = (wanted: typeof nines | null | undefined, before: Trunk, isSeller: boolean) =>
      failureOf(() => assertMayFormat({ number_format: wanted }, before, isSeller));
    const denied = 'NOT_THE_SELLER number_format';
    expect([nines, null, undefined].map((wanted) => isDenied(wanted, trunkOf(), true))).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(isDenied(eights, formatted, false)).toBe(denied);
    expect(isDenied(null, formatted, false)).toBe(denied);
    expect(isDenied(nines, trunkOf(), false)).toBe(denied);
    expect(isDenied({ ...nines }, formatted, false)).toBeUndefined();
    expect(isDenied(undefined, formatted, false)).toBeUndefined();
    expect(isDenied(null, trunkOf(), false)).toBeUndefined();
  });
});

describe('replacing a trunk', () => {
  test('returns absent fields to their defaults but keeps id, status, type, password and creation', () => {
    const before = { ...trunkOf({ max_channels: 10, nat_support: true }, 'sealed'), status: 'suspended' as const };
    expect(replaceTrunk(before, newBody({ name: 'New' }), undefined, later)).toMatchObject({
      id: 'trunk_1',
      name: 'New',
      type: 'carrier',
      status: 'suspended',
      max_channels: null,
      nat_support: false,
      sealed_password: 'sealed',
      created_at: now,
      updated_at: later,
      version: 2,
    });
  });

  test('removes a password that is null, and then cannot register', () => {
    expect(replaceTrunk(trunkOf({}, 'sealed'), newBody(), null, later).sealed_password).toBeNull();
    const body = newBody({ register: true, username: 'user' });
    expect(failureOf(() => replaceTrunk(registering(), body, null, later))).toBe('VALIDATION_FAILED password');
  });
});

test.each([{ expires: 600 }, { contact_user: 'line' }, { outbound_proxy: 'proxy.example.com' }])(
  'a trunk registers again after a change of %j, as its REGISTER is another one',
  (setting) => {
    const body = newBody({ register: true, username: 'user' });
    const epochAfter = (before: Trunk) => replaceTrunk(before, body, undefined, later).registration_epoch;
    expect([epochAfter(registering()), epochAfter({ ...registering(), ...setting })]).toEqual([1, 2]);
  },
);

describe('changing a trunk', () => {
  test('leaves absent fields unchanged', () => {
    const before = trunkOf({ max_channels: 10, realm: 'example.com' });
    expect(changed(before, { host: 'other.example.com' })).toEqual({
      ...before,
      host: 'other.example.com',
      updated_at: later,
      version: 2,
      registration_epoch: 2,
    });
  });

  test('keeps the password if absent and removes it if null', () => {
    const before = trunkOf({}, 'sealed');
    expect([changed(before, {}), changed(before, {}, { sealed: null })].map((trunk) => trunk.sealed_password)).toEqual([
      'sealed',
      null,
    ]);
  });

  test('cannot remove the credentials of a trunk that registers', () => {
    expect(failureOf(() => changed(registering(), { username: null }))).toBe('VALIDATION_FAILED username');
    expect(failureOf(() => changed(registering(), {}, { sealed: null }))).toBe('VALIDATION_FAILED password');
  });

  test('moves a default port with the transport, and no other port', () => {
    expect([
      changed(trunkOf(), { transport: 'tls' }).port,
      changed(trunkOf({ port: 5070 }), { transport: 'tls' }).port,
    ]).toEqual([5061, 5070]);
  });

  test('accepts its own organization and no other', () => {
    expect(changed(trunkOf(), { organization_id: 1001 }).org_id).toBe(1001);
    expect(failureOf(() => changed(trunkOf(), { organization_id: 1002 }))).toBe('VALIDATION_FAILED organization_id');
  });
});

describe('a suspension', () => {
  test('by the operator is lifted by the operator only', () => {
    const suspended = changed(trunkOf(), { status: 'suspended' }, { isOperator: true });
    for (const status of ['active', 'inactive'])
      expect(codeOf(() => changed(suspended, { status }))).toBe('OPERATOR_ONLY');
    expect(changed(suspended, { status: 'active' }, { isOperator: true })).toMatchObject({
      status: 'active',
      suspended_by_operator: false,
    });
  });

  test('by the operator stays one when others change the trunk or suspend it again', () => {
    const suspended = changed(trunkOf(), { status: 'suspended' }, { isOperator: true });
    expect([
      changed(suspended, { name: 'New' }).suspended_by_operator,
      changed(suspended, { status: 'suspended' }).suspended_by_operator,
    ]).toEqual([true, true]);
  });

  test('by the organization is lifted by the organization', () => {
    expect(changed(changed(trunkOf(), { status: 'suspended' }), { status: 'active' }).status).toBe('active');
  });
});

describe('the registration', () => {
  const kindAfter = (before: Trunk | undefined, after: Trunk): string => registrationChange(before, after, later).kind;

  test('begins with a new trunk that registers, and not with another one', () => {
    expect([kindAfter(undefined, registering()), kindAfter(undefined, trunkOf())]).toEqual(['begin', 'keep']);
  });

  test.each([
    { host: 'other.example.com' },
    { port: 5080 },
    { transport: 'tcp' },
    { username: 'other' },
    { realm: 'example.com' },
    { outbound_proxy: 'sbc.example' },
    { contact_user: 'other' },
    { expires: 600 },
    { profile: 'telekom_companyflex' },
  ])('begins again with another peer or other credentials: %o', (body) => {
    const before = registering();
    expect(kindAfter(before, changed(before, body))).toBe('begin');
  });

  test('begins again with another password', () => {
    const before = registering();
    expect(kindAfter(before, changed(before, {}, { sealed: 'other' }))).toBe('begin');
  });

  test.each([{ name: 'New' }, { codecs: ['GSM'] }, { max_channels: 5 }, { status: 'suspended' }, { fax: 'audio' }])(
    'is kept after %o',
    (body) => {
      const before = registering();
      expect(kindAfter(before, changed(before, body))).toBe('keep');
    },
  );

  test('ends with `inactive` and with `register: false`', () => {
    const before = registering();
    expect(
      [{ status: 'inactive' }, { register: false }].map((body) => kindAfter(before, changed(before, body))),
    ).toEqual(['end', 'end']);
  });

  test('of a trunk that a user sets active begins again and counts as active until it fails', () => {
    const before = registering();
    const after = changed(before, { status: 'active' });
    expect(registrationChange(before, after, later, true)).toMatchObject({
      kind: 'begin',
      registration: { epoch: 2, status: 'active', state: 'registering', next_attempt: later },
    });
  });
});

describe('a trunk in use', () => {
  const gateway = { id: 'gw_1', name: 'pstn' };
  const number = { id: 'num_1', number: '+46890510' };

  test('is not deleted, and the error names its gateways and numbers', () => {
    expect(() => assertNotInUse([gateway], [number])).toThrow(
      expect.objectContaining({
        code: 'TRUNK_IN_USE',
        details: [
          { path: 'gw_1', message: 'gateway pstn uses it' },
          { path: 'num_1', message: 'number +46890510 routes to it' },
        ],
      }),
    );
  });

  test('has up to 20 details', () => {
    expect(() =>
      assertNotInUse(
        Array.from({ length: 21 }, () => gateway),
        [],
      ),
    ).toThrow(expect.objectContaining({ details: Array.from({ length: 20 }, () => expect.anything() as object) }));
  });

  test('is one with a gateway or a number only', () => {
    expect(failureOf(() => assertNotInUse([], []))).toBeUndefined();
    expect(failureOf(() => assertNotInUse([], [number]))).toBe('TRUNK_IN_USE num_1');
  });
});

test('digits in INFO requests are not supported yet; a trunk that has this mode keeps it', () => {
  const unsupported = expect.objectContaining({
    code: 'NOT_YET_SUPPORTED',
    details: [expect.objectContaining({ path: 'dtmf_mode' })],
  }) as Error;
  expect(() => trunkOf({ dtmf_mode: 'info' })).toThrow(unsupported);
  expect(() => changed(trunkOf(), { dtmf_mode: 'info' })).toThrow(unsupported);
  const stored = { ...trunkOf(), dtmf_mode: 'info' as const };
  expect(() => replaceTrunk(trunkOf(), newBody({ dtmf_mode: 'info' }), undefined, now)).toThrow(unsupported);
  expect(replaceTrunk(stored, newBody({ dtmf_mode: 'info' }), undefined, now).dtmf_mode).toBe('info');
  expect(changed(stored, { dtmf_mode: 'info' }).dtmf_mode).toBe('info');
  expect(changed(stored, { dtmf_mode: 'inband' }).dtmf_mode).toBe('inband');
});
