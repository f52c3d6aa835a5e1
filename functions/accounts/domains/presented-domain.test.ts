import { expect, test } from 'vitest';
import { domainOf } from './domain.fixture.ts';
import { presentDomain } from './presented-domain.ts';

const udp = { host: '203.0.113.50', port: 5060 };

test('a domain is answered with the records that it needs, and without its parent', () => {
  const shown = presentDomain(domainOf('sip.example.org'), { host: '203.0.113.50', targets: { udp } });
  expect(shown).toMatchObject({
    organization_id: 'org_1001',
    ssl_certificate_expiry: null,
    dns_records: {
      a_record: '203.0.113.50',
      srv_record: '_sip._udp.sip.example.org',
      srv_records: [{ name: '_sip._udp.sip.example.org', value: '10 10 5060 sip.example.org' }],
      dkim: [],
    },
  });
  expect(Object.keys(shown)).not.toContain('parent_id');
});
