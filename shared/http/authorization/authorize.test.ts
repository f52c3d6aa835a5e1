import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { organizationOf, callerOf } from '../../../test/support/tenants.fixture.ts';
import { incomingFixture } from '../../../test/support/requests.fixture.ts';
import { endpoint, type EndpointSpec } from '../../contract/endpoint.ts';
import { AppError } from '../../errors.ts';
import { authorize, inReach, namedOrganization } from './authorize.ts';
import type { Caller } from '../admission/caller.ts';
import type { OrganizationItem } from '../../dynamodb/rows/organization.ts';

const spec = {
  summary: 'Toy',
  scope: 'telephony:read',
  answers: { 200: z.object({}) },
  errors: [],
  effects: [],
} as const;
const put = endpoint('PUT /toys', spec);
const asked = (query: Record<string, string>) => incomingFixture({ query });

describe('the organization that a request names', () => {
  test.each(['org_id', 'orgId', 'organization_id'])(
    'is that of %s, in the query or in the body, in any form',
    (name) => {
      for (const value of ['1002', 'org_1002']) expect(namedOrganization(put, asked({ [name]: value }), {})).toBe(1002);
      for (const value of [1002, '1002', 'org_1002'])
        expect(namedOrganization(put, asked({}), { [name]: value })).toBe(1002);
    },
  );

  test('is none where there is none, or null', () => {
    expect(namedOrganization(put, asked({}), {})).toBeUndefined();
    expect(namedOrganization(put, asked({}), { org_id: null })).toBeUndefined();
  });

  test('may be named twice, but not two of them', () => {
    expect(namedOrganization(put, asked({ org_id: 'org_1002' }), { organization_id: 1002 })).toBe(1002);
    expect(() => namedOrganization(put, asked({ org_id: '1002' }), { orgId: 1003 })).toThrow(
      expect.objectContaining({ code: 'INVALID_PARAMETER' }),
    );
  });

  test('is 400 in the query and 422 in the body where it is no organization', () => {
    expect(() => namedOrganization(put, asked({ org_id: '' }), {})).toThrow(
      expect.objectContaining({ code: 'INVALID_PARAMETER', details: [expect.objectContaining({ path: 'org_id' })] }),
    );
    expect(() => namedOrganization(put, asked({}), { orgId: 5 })).toThrow(
      expect.objectContaining({ code: 'VALIDATION_FAILED', details: [expect.objectContaining({ path: 'orgId' })] }),
    );
  });

  test.each(['GET /toys', 'DELETE /toys'] as const)('is not looked for in the body of %s', (route) => {
    expect(namedOrganization(endpoint(route, spec), asked({}), { org_id: 1002 })).toBeUndefined();
  });

  test('is not looked for in a body that gives it another meaning', () => {
    expect(
      namedOrganization(endpoint('POST /toys', { ...spec, orgFromQueryOnly: true }), asked({ org_id: '1001' }), {
        org_id: 1002,
      }),
    ).toBe(1001);
  });
});

describe('reach', () => {
  const own = organizationOf(1001);
  const child = organizationOf(1002, { parent_id: 1001 });
  const foreign = organizationOf(1003);

  test.each<[Caller['reach'], boolean[]]>([
    ['own', [true, false, false]],
    ['children', [true, true, false]],
    ['all', [true, true, true]],
  ])('%s has the organization, its child and a stranger in it: %j', (reach, answers) => {
    expect([own, child, foreign].map((organization) => inReach(callerOf(1001, { reach }), organization))).toEqual(
      answers,
    );
  });

  test('a child does not reach its parent', () => {
    expect(inReach(callerOf(1002, { reach: 'children' }), own)).toBe(false);
  });
});

describe('what is refused', () => {
  type Openings = Partial<Pick<EndpointSpec, 'scope' | 'whilePasswordExpired' | 'whileSuspended' | 'sellersOnly'>>;
  type Case = { spec?: Openings; caller?: Partial<Caller>; suspended?: boolean; named?: OrganizationItem | undefined };
  const outcome = ({ spec: more, caller, suspended = false, ...rest }: Case): string => {
    const named = 'named' in rest ? rest.named : organizationOf(1001);
    try {
      return String(
        authorize(endpoint('GET /toys', { ...spec, ...more }), {
          caller: callerOf(1001, caller),
          suspended,
          named,
          window: undefined,
          networks: [],
          prefetch: new Map(),
        }).org_id,
      );
    } catch (error) {
      if (error instanceof AppError) return error.code;
      throw error;
    }
  };
  const foreign = organizationOf(1002);

  test.each<[string, Case, string]>([
    ['nothing of what one may do', {}, '1001'],
    ['a scope that one lacks', { caller: { scopes: new Set() } }, 'INSUFFICIENT_SCOPE'],
    ['a read by one who may write only', { caller: { scopes: new Set(['telephony:write']) } }, 'INSUFFICIENT_SCOPE'],
    ['nothing where any credential will do', { spec: { scope: 'any' }, caller: { scopes: new Set() } }, '1001'],
    [
      'everything while the password must be changed',
      { caller: { mustChangePassword: true } },
      'PASSWORD_CHANGE_REQUIRED',
    ],
    ['but not changing it', { spec: { whilePasswordExpired: true }, caller: { mustChangePassword: true } }, '1001'],
    ['another organization', { named: foreign }, 'FORBIDDEN_ORG'],
    ["an organization that is not there, as one that is another's", { named: undefined }, 'FORBIDDEN_ORG'],
    ['to the operator as what it is', { named: undefined, caller: { reach: 'all' } }, 'NOT_FOUND'],
    ['everything of a suspended organization', { suspended: true }, 'ORG_SUSPENDED'],
    ['but what is open to it', { suspended: true, spec: { whileSuspended: true } }, '1001'],
    ["a buyer what is a seller's", { spec: { sellersOnly: true } }, 'NOT_A_SELLER'],
    [
      'a scope before the reach, so that nobody learns of organizations',
      { named: foreign, caller: { scopes: new Set() } },
      'INSUFFICIENT_SCOPE',
    ],
    [
      'a password to be changed before all else',
      { named: foreign, caller: { scopes: new Set(), mustChangePassword: true } },
      'PASSWORD_CHANGE_REQUIRED',
    ],
  ])('%s', (_, given, answer) => {
    expect(outcome(given)).toBe(answer);
  });
});
