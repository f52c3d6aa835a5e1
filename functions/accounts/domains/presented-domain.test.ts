import { expect, test } from 'vitest';
import { domainOf } from './domain.fixture.ts';
import { presentDomain } from './presented-domain.ts';

test('a domain is answered with the records that it needs, and without its parent', () => {
  const shown = presentDomain(domainOf('sip.example.org'), '203.0.113.50');
  expect(shown).toMatchObject({
    organization_id: 'org_1001',
    ssl_certificate_expiry: null,
    dns_records: { a_record: '203.0.113.50', srv_record: '_sip._udp.sip.example.org', dkim: [] },
  });
  expect(Object.keys(shown)).not.toContain('parent_id');
});

test.each([
  ['udp', '_sip._udp'],
  ['tcp', '_sip._tcp'],
  ['tls', '_sips._tcp'],
] as const)('the SRV record of %s is %s', (default_transport, service) => {
  const domain = domainOf('a.example', { settings: { default_transport, nat_keepalive: true } });
  expect(presentDomain(domain, 'edge').dns_records.srv_record).toBe(`${service}.a.example`);
});
