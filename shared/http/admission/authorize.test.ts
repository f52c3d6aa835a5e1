import { expect, test } from 'vitest';
import * as z from 'zod';
import { noon } from '#test/support/dependencies.fixture.ts';
import { callerOf, organizationOf } from '#test/support/people.fixture.ts';
import { incomingRequest } from '#test/support/requests.fixture.ts';
import { writes } from '../../contract/effects.ts';
import { endpoint, type EndpointSpec } from '../../contract/endpoint.ts';
import { AppError } from '../../errors.ts';
import { authorize } from './authorize.ts';
import type { Authenticated } from './authenticate.ts';
import type { Caller } from '../authorization/caller.ts';
import type { OrganizationItem } from '../../dynamodb/rows/organization.ts';

const spec = {
  summary: 'Toy',
  scope: 'telephony:read',
  answers: { 200: z.object({}) },
  errors: [],
  effects: [],
} as const;

type Openings = Partial<
  Pick<
    EndpointSpec,
    | 'scope'
    | 'sessionOnly'
    | 'ownRecord'
    | 'whilePasswordExpired'
    | 'whileSuspended'
    | 'whileClosed'
    | 'sellersOnly'
    | 'effects'
  >
>;
type Case = {
  route?: 'GET /toys' | 'PUT /toys';
  spec?: Openings;
  caller?: Partial<Caller>;
  suspended?: boolean;
  networks?: readonly string[];
  restrictions?: Authenticated['restrictions'];
  named?: OrganizationItem | undefined;
  params?: Readonly<Record<string, string>>;
};
const outcome = ({
  route = 'GET /toys',
  spec: more,
  caller,
  suspended = false,
  networks = [],
  restrictions = {},
  params = {},
  ...rest
}: Case): string => {
  const named = 'named' in rest ? rest.named : organizationOf(1001);
  try {
    return String(
      authorize(
        endpoint(route, { ...spec, ...more }),
        {
          caller: callerOf(1001, caller),
          suspended,
          named,
          window: undefined,
          networks,
          restrictions,
          prefetch: new Map(),
        },
        { ip: incomingRequest({}).ip, params, now: noon },
      ).org_id,
    );
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
};
const foreign = organizationOf(1002);
const nobody = { scopes: new Set<never>() };
const closedHours = { timezone: 'UTC', windows: [{ days: ['mon'], start: '00:00', end: '00:01' }] } as const;
const accessKey = { kind: 'accesskey', id: 'key_1', expiresAt: 0 } as const;

test.each<[string, Case, string]>([
  ['a caller with the scope is let in', {}, '1001'],
  ['a missing scope is rejected', { caller: { scopes: new Set() } }, 'INSUFFICIENT_SCOPE'],
  [
    'a write scope does not include the read scope',
    { caller: { scopes: new Set(['telephony:write']) } },
    'INSUFFICIENT_SCOPE',
  ],
  [
    'any credential is enough where no scope is needed',
    { spec: { scope: 'any' }, caller: { scopes: new Set() } },
    '1001',
  ],
  [
    'an address outside the allowed blocks is rejected before all else',
    { networks: ['198.51.100.0/24'], caller: { mustChangePassword: true } },
    'IP_NOT_ALLOWED',
  ],
  [
    'an address outside the blocks of the user is rejected, too',
    { restrictions: { ip_whitelist: ['198.51.100.0/24'] }, caller: { mustChangePassword: true } },
    'IP_NOT_ALLOWED',
  ],
  [
    'an instant outside the hours of the user is rejected',
    { restrictions: { hours: closedHours }, caller: { mustChangePassword: true } },
    'OUTSIDE_HOURS',
  ],
  [
    'an own record needs no scope, by id',
    { spec: { ownRecord: 'id' }, params: { id: 'usr_1001' }, caller: nobody },
    '1001',
  ],
  [
    'or by e-mail address in any case',
    { spec: { ownRecord: 'id' }, params: { id: 'Anna@Example.com' }, caller: { ...nobody, email: 'anna@example.com' } },
    '1001',
  ],
  [
    'or by e-mail address with the domain in other letters',
    {
      spec: { ownRecord: 'id' },
      params: { id: 'anna@bücher.example' },
      caller: { ...nobody, email: 'anna@xn--bcher-kva.example' },
    },
    '1001',
  ],
  [
    'an address that only looks like the own one in lower case names no caller',
    {
      spec: { ownRecord: 'id' },
      params: { id: 'fran\u212a@example.com' },
      caller: { ...nobody, email: 'frank@example.com' },
    },
    'INSUFFICIENT_SCOPE',
  ],
  [
    'a record of another needs the scope',
    { spec: { ownRecord: 'id' }, params: { id: 'usr_1002' }, caller: nobody },
    'INSUFFICIENT_SCOPE',
  ],
  [
    'the own address in another organization names another user',
    {
      spec: { ownRecord: 'id' },
      params: { id: 'anna@example.com' },
      named: foreign,
      caller: { ...nobody, email: 'anna@example.com', reach: 'all' },
    },
    'INSUFFICIENT_SCOPE',
  ],
  [
    'a session that must change its password is rejected',
    { caller: { mustChangePassword: true } },
    'PASSWORD_CHANGE_REQUIRED',
  ],
  [
    'unless the endpoint is open to it',
    { spec: { whilePasswordExpired: true }, caller: { mustChangePassword: true } },
    '1001',
  ],
  [
    'an access key is rejected where a session is needed',
    { spec: { sessionOnly: true }, caller: { credential: accessKey } },
    'USER_SESSION_REQUIRED',
  ],
  ['an organization out of reach is rejected', { named: foreign }, 'FORBIDDEN_ORG'],
  ['an organization that does not exist looks like one out of reach', { named: undefined }, 'FORBIDDEN_ORG'],
  ['except to the operator', { named: undefined, caller: { reach: 'all' } }, 'NOT_FOUND'],
  ['a closed organization is read', { named: organizationOf(1001, { status: 'closed' }) }, '1001'],
  ['whatever the method', { route: 'PUT /toys', named: organizationOf(1001, { status: 'closed' }) }, '1001'],
  [
    'a closed organization is not changed',
    { route: 'PUT /toys', spec: { effects: [writes('trunk')] }, named: organizationOf(1001, { status: 'closed' }) },
    'FORBIDDEN_ORG',
  ],
  [
    'whatever the method, too',
    { spec: { effects: [writes('trunk')] }, named: organizationOf(1001, { status: 'closed' }) },
    'FORBIDDEN_ORG',
  ],
  [
    'unless the endpoint serves its records',
    {
      route: 'PUT /toys',
      spec: { effects: [writes('trunk')], whileClosed: true },
      named: organizationOf(1001, { status: 'closed' }),
    },
    '1001',
  ],
  ['a suspended organization is rejected', { suspended: true }, 'ORG_SUSPENDED'],
  ['unless the endpoint is open to it, too', { suspended: true, spec: { whileSuspended: true } }, '1001'],
  ['a customer is rejected where a seller is needed', { spec: { sellersOnly: true } }, 'NOT_A_SELLER'],
  [
    'the scope is checked before the reach, so that no caller learns which organizations exist',
    { named: foreign, caller: { scopes: new Set() } },
    'INSUFFICIENT_SCOPE',
  ],
  [
    'the password is checked before scope and reach',
    { named: foreign, caller: { scopes: new Set(), mustChangePassword: true } },
    'PASSWORD_CHANGE_REQUIRED',
  ],
])('%s', (_title, given, answer) => {
  expect(outcome(given)).toBe(answer);
});
