import { describe, expect, test } from 'vitest';
import { assertMayChange, familyOf, isAbove, parentFor } from './parent.ts';

type Parent = NonNullable<Parameters<typeof parentFor>[1]>;

const operator: Parent = { org_id: 1000, type: 'operator', status: 'active' };
const reseller: Parent = { org_id: 1001, type: 'reseller', status: 'active' };
const customer: Parent = { org_id: 1002, type: 'customer', status: 'active' };
const ofOperator = { organization: 1000, reach: 'all' } as const;
const ofReseller = { organization: 1001, reach: 'children' } as const;
const ofCustomer = { organization: 1002, reach: 'own' } as const;

const code = (wanted: string): unknown => expect.objectContaining({ code: wanted });

describe('the parent of a new organization', () => {
  test('is the operator for resellers and customers, a reseller for customers', () => {
    expect(parentFor('reseller', operator, ofOperator)).toBe(operator);
    expect(parentFor('customer', operator, ofOperator)).toBe(operator);
    expect(parentFor('customer', reseller, ofOperator)).toBe(reseller);
    expect(parentFor('customer', reseller, ofReseller)).toBe(reseller);
  });

  test('may be suspended', () => {
    const suspended = { ...reseller, status: 'suspended' } as const;
    expect(parentFor('customer', suspended, ofOperator)).toBe(suspended);
  });

  test.each([
    ['a reseller below a reseller', 'reseller', reseller, ofOperator],
    ['any below a customer', 'customer', customer, ofOperator],
    ['any below a closed organization', 'customer', { ...reseller, status: 'closed' }, ofOperator],
    ['any below an unknown organization', 'customer', undefined, ofOperator],
    ["a reseller's customer below another organization", 'customer', operator, ofReseller],
  ] as const)('is rejected for %s', (_, type, parent, caller) => {
    expect(() => parentFor(type, parent, caller)).toThrow(
      expect.objectContaining({
        code: 'INVALID_PARENT',
        details: [expect.objectContaining({ path: 'parent_id' })],
      }),
    );
  });

  test('is not judged where the caller may not create resellers', () => {
    expect(() => parentFor('reseller', undefined, ofReseller)).toThrow(code('OPERATOR_ONLY'));
  });
});

test('the operator is above all organizations, a reseller above its children, others above none', () => {
  expect([
    isAbove(ofOperator, { parent_id: 1001 }),
    isAbove(ofReseller, { parent_id: 1001 }),
    isAbove(ofReseller, { parent_id: 1000 }),
    isAbove(ofReseller, { parent_id: null }),
    isAbove({ organization: 1001, reach: 'own' }, { parent_id: 1001 }),
  ]).toEqual([true, true, false, false, false]);
});

test('status and limits are set by the parent only; the error names what was sent of them', () => {
  const ofSeller = { parent_id: 1001 };
  assertMayChange({ status: 'suspended', limits: {} }, ofSeller, ofReseller);
  assertMayChange({}, ofSeller, ofCustomer);
  expect(() => {
    assertMayChange({ limits: {} }, ofSeller, ofCustomer);
  }).toThrow(
    expect.objectContaining({
      code: 'NOT_THE_PARENT',
      details: [{ path: 'limits', message: 'is set by the parent organization' }],
    }),
  );
  expect(() => {
    assertMayChange({ status: 'active', limits: {} }, ofSeller, ofCustomer);
  }).toThrow('status, limits');
  assertMayChange({ settings: { numbers: null } }, ofSeller, ofReseller);
  assertMayChange({ settings: {} }, ofSeller, ofCustomer);
  for (const numbers of [null, { strip: ['01144'] }])
    expect(() => {
      assertMayChange({ settings: { numbers } }, ofSeller, ofCustomer);
    }).toThrow('settings.numbers');
  assertMayChange({ settings: { email: { notice_limit: 5 } } }, ofSeller, ofReseller);
  assertMayChange({ settings: { email: {} } }, ofSeller, ofCustomer);
  for (const email of [null, { notice_limit: null }, { notice_limit: 9 }])
    expect(() => {
      assertMayChange({ settings: { email } }, ofSeller, ofCustomer);
    }).toThrow('settings.email.notice_limit');
  expect(() => {
    assertMayChange({ settings: { email: { platform_templates: [] } } }, ofSeller, ofCustomer);
  }).toThrow('settings.email.platform_templates');
  assertMayChange({ settings: { sms: { sender_ids: ['Acme'] } } }, ofSeller, ofReseller);
  assertMayChange({ settings: { sms: {} } }, ofSeller, ofCustomer);
  for (const sms of [null, { sender_ids: null }, { sender_ids: ['Bank'] }])
    expect(() => {
      assertMayChange({ settings: { sms } }, ofSeller, ofCustomer);
    }).toThrow('settings.sms.sender_ids');
});

describe('a list shows', () => {
  test('all organizations to the operator', () => {
    expect(familyOf(ofOperator, operator, undefined)).toEqual({ self: undefined, parent: undefined });
  });

  test('the operator alone to its users without that reach', () => {
    const caller = { organization: 1000, reach: 'own' } as const;
    expect(familyOf(caller, operator, undefined)).toEqual({ self: operator, parent: null });
  });

  test('a reseller and its children to the reseller, the reseller alone to its users without that reach', () => {
    expect(familyOf(ofReseller, reseller, undefined)).toEqual({ self: reseller, parent: 1001 });
    const caller = { organization: 1001, reach: 'own' } as const;
    expect(familyOf(caller, reseller, undefined)).toEqual({ self: reseller, parent: null });
  });

  test('a customer itself', () => {
    expect(familyOf(ofCustomer, customer, undefined)).toEqual({ self: customer, parent: null });
  });

  test('only the children of a requested parent', () => {
    expect(familyOf(ofOperator, operator, reseller)).toEqual({ self: undefined, parent: 1001 });
  });
});
