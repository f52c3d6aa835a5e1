import * as z from 'zod';
import { domainStatuses, domainTransports, domainTypes, emailStatuses, type Domain } from '#schema/domain.ts';
import { srvName, srvRecords, type SipTargets } from '#schema/srv-records.ts';
import { Id, organizationText, Timestamp } from '#schema/values.ts';

/** Domains as answered. */

const record = (kind: string, value: string) =>
  z.object({ name: z.string().describe(`Name of the ${kind} record`), value: z.string().describe(value) });

const DnsRecords = z
  .object({
    a_record: z.string().describe('Address or host name of the SIP service, to which the domain must point'),
    srv_record: z.string().describe('Name of the SRV record of its default transport (RFC 3263 §4.1)'),
    srv_records: z
      .array(record('SRV', 'Its priority, weight, port and target'))
      .describe('SRV records of all transports by which the SIP service is reached (RFC 2782)'),
    dkim: z
      .array(record('CNAME', 'Its target'))
      .describe('CNAME records that let the platform sign e-mail of the domain (DKIM); empty until it is active'),
  })
  .meta({ id: 'DomainDnsRecords' });

const example = {
  id: 'dom_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A',
  domain: 'voice.newcompany.example.com',
  organization_id: 'org_1001',
  status: 'pending',
  type: 'primary',
  ssl_enabled: true,
  ssl_certificate_expiry: null,
  dns_verification_record: 'voiceplatform-verify=Yk7mPq2sT9wXb4Nc6Rf8Hj3D',
  verified_at: null,
  dns_records: {
    a_record: 'sip.example.com',
    srv_record: '_sips._tcp.voice.newcompany.example.com',
    srv_records: [
      { name: '_sip._udp.voice.newcompany.example.com', value: '10 10 5060 sip.example.com' },
      { name: '_sip._tcp.voice.newcompany.example.com', value: '10 10 5060 tcp.sip.example.com' },
      { name: '_sips._tcp.voice.newcompany.example.com', value: '10 10 5061 sip.example.com' },
    ],
    dkim: [],
  },
  email_status: null,
  settings: { default_transport: 'tls', nat_keepalive: true },
  created_at: '2026-01-31T12:00:00.000Z',
  updated_at: '2026-01-31T12:00:00.000Z',
  version: 1,
};

export const PresentedDomain = z
  .object({
    id: Id('dom').describe('Id'),
    domain: z.string().describe('Host name'),
    organization_id: Id('org').describe('Organization of the domain'),
    status: z.enum(domainStatuses).describe('`pending`: not verified yet; `inactive`: out of use'),
    type: z.enum(domainTypes).describe('`primary`: the SIP domain of new accounts'),
    ssl_enabled: z.boolean().describe('Whether phones of the domain may use TLS'),
    ssl_certificate_expiry: Timestamp.nullable().describe(
      'End of the certificate that the SIP service has for this name; null without one',
    ),
    dns_verification_record: z
      .string()
      .describe('TXT record that verifies the domain, at the domain itself or at `_voiceplatform.` the domain'),
    verified_at: Timestamp.nullable().describe('When it was verified; null if it is not'),
    dns_records: DnsRecords.describe('Records that the domain needs'),
    email_status: z
      .enum(emailStatuses)
      .nullable()
      .describe('Whether e-mail can be sent from the domain; null until it is active'),
    settings: z
      .object({
        default_transport: z.enum(domainTransports).describe('Transport of its SRV record'),
        nat_keepalive: z.boolean().describe('Whether phones of the domain keep their NAT bindings open'),
      })
      .describe('Settings'),
    created_at: Timestamp.describe('Time of creation'),
    updated_at: Timestamp.describe('Time of the last change'),
    version: z.int().describe('Incremented by every change'),
  })
  .meta({ id: 'Domain', example });

/** Where the SIP service is. */
export type Edge = {
  /** Address or host name. */
  readonly host: string;
  readonly targets: SipTargets;
};

/** A domain as answered. */
export const presentDomain = (domain: Domain, { host, targets }: Edge): z.input<typeof PresentedDomain> => ({
  id: domain.id,
  domain: domain.domain,
  organization_id: organizationText(domain.org_id),
  status: domain.status,
  type: domain.type,
  ssl_enabled: domain.ssl_enabled,
  ssl_certificate_expiry: null,
  dns_verification_record: domain.dns_verification_record,
  verified_at: domain.verified_at,
  dns_records: {
    a_record: host,
    srv_record: srvName(domain.domain, domain.settings.default_transport),
    srv_records: [...srvRecords(domain.domain, targets)],
    dkim: [...domain.dkim],
  },
  email_status: domain.email_status,
  settings: domain.settings,
  created_at: domain.created_at,
  updated_at: domain.updated_at,
  version: domain.version,
});

/** One page of domains, in the data of the answer. */
export const DomainPage = z
  .object({
    domains: z.array(PresentedDomain).describe('Domains'),
    pagination: z
      .object({
        page: z.int().describe('Number of the page, from 1'),
        per_page: z.int().describe('Largest number of domains on a page'),
        total: z.int().describe('Number of domains'),
        total_pages: z.int().describe('Number of pages'),
      })
      .describe('Figures of the page'),
  })
  .meta({
    id: 'DomainPage',
    example: { domains: [example], pagination: { page: 1, per_page: 50, total: 1, total_pages: 1 } },
  });
