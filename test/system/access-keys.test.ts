import { beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { connect } from './cloud.ts';
import { json, newKey, newAdministeredTenant, outcome, type AdministeredTenant } from './tenant.fixture.ts';

/** Access keys over HTTP (functions/accounts/README.md, "Access keys"). */

const cloud = connect();
const Listed = z.object({
  result: z.array(z.looseObject({ id: z.string(), last_used_at: z.string().nullable() })),
  next_page_token: z.string(),
});
const Who = z.object({ data: z.object({ credential: z.string(), scopes: z.array(z.string()), org_id: z.string() }) });

let tenant: AdministeredTenant;
beforeAll(async () => {
  tenant = await newAdministeredTenant('tenant');
});

const session = async (token: string) => cloud.api('/auth/session', { headers: json, token });
const trunks = async (token: string) => outcome(await cloud.api('/siptrunk', { headers: json, token }));

describe('an access key', () => {
  test('grants its scopes by header and by query, in its own organization only', async () => {
    const { token } = await newKey(cloud, tenant.token, { scopes: ['telephony:read'] });
    expect(Who.parse((await session(token)).body).data).toEqual({
      credential: 'accesskey',
      scopes: ['telephony:read'],
      org_id: `org_${tenant.organization}`,
    });
    const answers = await Promise.all([
      cloud.api(`/siptrunk?accesskey=${token}`, { headers: json }),
      cloud.api('/siptrunk', { headers: json, token }),
      cloud.api('/dialplan/policies', { headers: json, token }),
      cloud.api('/siptrunk?org_id=1000', { headers: json, token }),
      cloud.api('/siptrunk/carrier', { method: 'PUT', headers: json, token, json: {} }),
    ]);
    expect(answers.map(outcome)).toEqual([
      '200',
      '200',
      '403 INSUFFICIENT_SCOPE',
      '403 FORBIDDEN_ORG',
      '403 INSUFFICIENT_SCOPE',
    ]);
  });

  test('creates no keys, and a list of keys has no secret', async () => {
    const { id, token } = await newKey(cloud, tenant.token);
    expect(outcome(await cloud.api('/accesskeys', { method: 'PUT', token, json: { name: 'Child' } }))).toBe(
      '403 user_session_required',
    );
    const { body } = await cloud.api('/accesskeys', { token });
    expect(Listed.parse(body).result.find((key) => key.id === id)?.last_used_at).toMatch(/Z$/);
    expect(JSON.stringify(body)).not.toContain(token.split('.')[1]);
    expect(JSON.stringify(body)).not.toMatch(/hash/);
  });

  test('is rejected at the next request after it is deleted', async () => {
    const { id, token } = await newKey(cloud, tenant.token);
    expect(await trunks(token)).toBe('200');
    expect(outcome(await cloud.api(`/accesskeys/${id}`, { method: 'DELETE', token: tenant.token }))).toBe('200');
    expect([await trunks(token), outcome(await cloud.api(`/siptrunk?accesskey=${token}`, { headers: json }))]).toEqual([
      '401 INVALID_TOKEN',
      '401 INVALID_TOKEN',
    ]);
  });

  test('has two tokens during a rotation', async () => {
    const { id, token: old } = await newKey(cloud, tenant.token);
    const rotate = async (overlap: number) =>
      cloud.api(`/accesskeys/${id}/rotate`, { method: 'POST', token: tenant.token, json: { overlap_hours: overlap } });
    const { token: fresh } = z.object({ token: z.string() }).parse((await rotate(1)).body);
    expect([await trunks(old), await trunks(fresh), outcome(await rotate(1))]).toEqual([
      '200',
      '200',
      '409 rotation_in_progress',
    ]);
  });
});
