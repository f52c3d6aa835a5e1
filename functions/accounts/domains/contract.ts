import * as z from 'zod';
import { reads, records, reports, unique, writes } from '#contract/effects.ts';
import { endpoint } from '#contract/endpoint.ts';
import { resource } from '#contract/resource.ts';
import { domainStatuses } from '#schema/domain.ts';
import { flag, pageQuery } from '#schema/query.ts';
import { Deletion, IdInUrl, newOrId } from '#schema/values.ts';
import { cascadeAfter } from '#contract/consequences.ts';
import { DomainChange, NewDomain } from './domain.ts';
import { domainErrors } from './errors.ts';
import { examples } from './examples.ts';
import { DomainPage, PresentedDomain } from './presented-domain.ts';

const DomainId = IdInUrl.describe('Id of the domain');

export const listDomains = endpoint('GET /domains', {
  id: 'listDomains',
  summary: 'List domains',
  description:
    'Newest first. Without an organization in the query: those of all organizations that the caller reaches.',
  scope: 'telephony:read',
  query: { ...pageQuery, status: z.enum(domainStatuses).optional().describe('Only domains of this status') },
  pagesData: true,
  listField: 'domains',
  answers: { 200: DomainPage },
  errors: [],
  effects: [reads('domain'), reads('domain', 'GSI1'), reads('domain', 'GSI2')],
});

export const getDomain = endpoint('GET /domains/{id}', {
  id: 'getDomain',
  summary: 'Get a domain',
  scope: 'telephony:read',
  params: { id: DomainId },
  answers: { 200: PresentedDomain },
  errors: [],
  effects: [reads('domain')],
});

/** What every change of a domain writes. */
const changeEffects = [writes('domain'), unique('domain-name'), writes('count')] as const;

export const saveDomain = endpoint('PUT /domains/{id}', {
  id: 'saveDomain',
  summary: 'Create or replace a domain',
  description:
    '`new` creates a pending domain, which is used once its TXT record is found. The id of a domain replaces ' +
    'it: absent fields and settings return to their defaults. A domain never moves to another organization. A ' +
    'new primary domain makes the former one an alias. An organization has at most 100 domains.',
  scope: 'telephony:write',
  params: { id: newOrId },
  nullIsAbsent: true,
  body: NewDomain,
  answers: { 200: PresentedDomain, 201: PresentedDomain },
  errors: ['INVALID_DOMAIN', 'RESERVED_DOMAIN', 'IMMUTABLE_FIELD', 'LIMIT_EXCEEDED', 'DOMAIN_EXISTS'],
  effects: [...changeEffects, records('domain.created'), records('domain.updated')],
});

export const updateDomain = endpoint('POST /domains/{id}', {
  id: 'updateDomain',
  summary: 'Update a domain',
  description:
    'Changes the given fields; settings merge by key. `status: active` on a domain that is not verified looks ' +
    'its TXT record up first; the operator needs no record.',
  scope: 'telephony:write',
  params: { id: DomainId },
  body: DomainChange,
  brokenRule: 400,
  answers: { 200: PresentedDomain },
  errors: ['INVALID_STATUS', 'DOMAIN_NOT_VERIFIED', 'DOMAIN_EXISTS', 'DNS_UNAVAILABLE'],
  effects: [
    ...changeEffects,
    records('domain.updated'),
    records('domain.verified'),
    reports('domain.verification_failed'),
  ],
});

export const deleteDomain = endpoint('DELETE /domains/{id}', {
  id: 'deleteDomain',
  summary: 'Delete a domain',
  description:
    'Rejected while trunks have it as `realm`, or devices or phone lines register with it, unless `force` is ' +
    'set; `details` name up to 20 of them. If it is the primary domain, the oldest active alias becomes ' +
    'primary.',
  scope: 'telephony:write',
  params: { id: DomainId },
  query: {
    force: flag
      .optional()
      .describe('Delete it although it is in use: its users get the primary domain, or that of the platform'),
  },
  answers: { 200: Deletion },
  errors: ['DOMAIN_IN_USE'],
  effects: [
    ...changeEffects,
    reads('trunk'),
    reads('device'),
    reads('phone', 'GSI1'),
    writes('due'),
    records('domain.deleted'),
  ],
});

export const verifyDomain = endpoint('POST /domains/{id}/verify', {
  id: 'verifyDomain',
  summary: 'Look up the TXT record of a domain and activate it',
  description:
    'The record is at the domain or at `_voiceplatform.` the domain. An active domain is answered without a ' +
    'look-up. Other organizations lose their claims of the name, and cannot claim it while it is active.\n\n' +
    'The look-up ends after 5 s. If no name server answered, it is 503. If the record is missing, it is 422 ' +
    'with the expected record and up to ten of those that were found.',
  scope: 'telephony:write',
  params: { id: DomainId },
  answers: { 200: PresentedDomain },
  errors: ['DOMAIN_NOT_VERIFIED', 'DOMAIN_EXISTS', 'DNS_UNAVAILABLE'],
  effects: [...changeEffects, records('domain.verified'), reports('domain.verification_failed')],
});

export const domains = resource('domains', {
  area: 'orgs',
  format: 'standard',
  owner: 'organization',
  errors: domainErrors,
  endpoints: [listDomains, getDomain, saveDomain, updateDomain, deleteDomain, verifyDomain],
  cascades: [cascadeAfter('org.closed', [writes('domain'), unique('domain-name'), writes('count')])],
  examples,
});
