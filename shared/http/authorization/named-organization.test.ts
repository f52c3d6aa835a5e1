import { expect, test } from 'vitest';
import * as z from 'zod';
import { incomingRequest } from '#test/support/requests.fixture.ts';
import { endpoint } from '../../contract/endpoint.ts';
import { namedOrganization } from './named-organization.ts';

const spec = {
  summary: 'Toy',
  scope: 'telephony:read',
  answers: { 200: z.object({}) },
  errors: [],
  effects: [],
} as const;
const put = endpoint('PUT /toys', spec);
const asked = (query: Record<string, string>) => incomingRequest({ query });

test.each(['org_id', 'orgId', 'organization_id'])(
  '%s names the organization in query and body, in any form',
  (name) => {
    for (const value of ['1002', 'org_1002']) expect(namedOrganization(put, asked({ [name]: value }), {})).toBe(1002);
    for (const value of [1002, '1002', 'org_1002'])
      expect(namedOrganization(put, asked({}), { [name]: value })).toBe(1002);
  },
);

test('a request without a name, or with null, names no organization', () => {
  expect(namedOrganization(put, asked({}), {})).toBeUndefined();
  expect(namedOrganization(put, asked({}), { org_id: null })).toBeUndefined();
});

test('a request may repeat an organization but not name two', () => {
  expect(namedOrganization(put, asked({ org_id: 'org_1002' }), { organization_id: 1002 })).toBe(1002);
  expect(() => namedOrganization(put, asked({ org_id: '1002' }), { orgId: 1003 })).toThrow(
    expect.objectContaining({ code: 'INVALID_PARAMETER' }),
  );
});

test('a value that is no organization is a 400 in the query and a 422 in the body', () => {
  expect(() => namedOrganization(put, asked({ org_id: '' }), {})).toThrow(
    expect.objectContaining({ code: 'INVALID_PARAMETER', details: [expect.objectContaining({ path: 'org_id' })] }),
  );
  expect(() => namedOrganization(put, asked({}), { orgId: 5 })).toThrow(
    expect.objectContaining({ code: 'VALIDATION_FAILED', details: [expect.objectContaining({ path: 'orgId' })] }),
  );
});

test.each(['GET /toys', 'DELETE /toys'] as const)('the body of %s is not searched', (route) => {
  expect(namedOrganization(endpoint(route, spec), asked({}), { org_id: 1002 })).toBeUndefined();
});

test('a body in which org_id has another meaning is not searched', () => {
  expect(
    namedOrganization(endpoint('POST /toys', { ...spec, orgFromQueryOnly: true }), asked({ org_id: '1001' }), {
      org_id: 1002,
    }),
  ).toBe(1001);
});

test('a path names the organization if the contract says so, and its query may not name another', () => {
  const inPath = endpoint('GET /toys/{entity+}', {
    ...spec,
    params: { entity: z.string() },
    orgFromPath: 'entity',
  });
  const at = (entity: string, query: Record<string, string> = {}) => incomingRequest({ params: { entity }, query });
  expect(namedOrganization(inPath, at('org/1002'), {})).toBe(1002);
  expect(namedOrganization(inPath, at('org_1002', { org_id: '1002' }), {})).toBe(1002);
  expect(namedOrganization(inPath, at('trunk/trunk_1'), {})).toBeUndefined();
  expect(() => namedOrganization(inPath, at('1002', { org_id: '1003' }), {})).toThrow(
    expect.objectContaining({ code: 'INVALID_PARAMETER' }),
  );
});
