import { expect, test } from 'vitest';
import { operatorOrganization } from '#dynamodb/rows/organization.ts';
import { hour } from '#schema/time.ts';
import type { StirCertificate } from '#telephony/stir-certificate.ts';
import { recording } from './reports.fixture.ts';
import { revocationReports } from './revocation-reports.ts';

const certificate = (id: string): StirCertificate => ({
  ...{ id, org_id: 1_001, name: `Own ${id}`, chain: '', chain_id: id, public_key: '', csr: null, spcs: [], version: 1 },
  ...{ not_before: '2026-01-01', not_after: '2026-12-01T00:00:00.000Z', created_at: '', updated_at: '' },
  sealed_key: '',
});

function reporting() {
  const clock = { now: Date.parse('2026-06-01') };
  const { context, events } = recording();
  const reports = revocationReports(context, {
    now: () => clock.now,
    fault: (error) => expect.fail(String(error)),
  });
  return { ...reports, clock, events };
}

test('a revoked certificate is an event of its organization, once an hour', () => {
  const { revoked, clock, events } = reporting();
  const event = (id: string) => ({
    ...{ organization: 1_001, type: 'stircertificate.revoked', entity: { type: 'stircertificate', id } },
    description: `STIR certificate Own ${id} is revoked and signs no more calls`,
    data: { not_after: '2026-12-01T00:00:00.000Z' },
  });
  for (const id of ['1', '2', '1', '2']) revoked(certificate(id));
  clock.now += hour - 1;
  revoked(certificate('1'));
  expect(events).toEqual([event('1'), event('2')]);
  clock.now += 1;
  revoked(certificate('1'));
  expect(events.slice(2)).toEqual([event('1')]);
});

test('a list that is not to be had is an event of the operator with the problem, once an hour', () => {
  const { unavailable, clock, events } = reporting();
  const event = (url: string, problem: string) => ({
    organization: operatorOrganization,
    ...{ type: 'stirauthorities.list_unavailable', entity: { type: 'stirauthorities', id: 'authorities' } },
    description: `List of revoked certificates ${url} ${problem}`,
    data: { url, problem },
  });
  const [one, other] = ['https://authority.example/1.crl', 'https://authority.example/2.crl'];
  unavailable(one, 'was not retrieved');
  unavailable(other, 'is malformed');
  clock.now += hour - 1;
  unavailable(one, 'is out of date');
  expect(events).toEqual([event(one, 'was not retrieved'), event(other, 'is malformed')]);
  clock.now += 1;
  unavailable(one, 'is out of date');
  expect(events.slice(2)).toEqual([event(one, 'is out of date')]);
});
