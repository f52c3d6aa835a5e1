import * as z from 'zod';
import { cascadeAfter } from '#contract/consequences.ts';
import { callsOut, reads, records, rotatesSecret, writes } from '#contract/effects.ts';
import { endpoint, listOf, raw } from '#contract/endpoint.ts';
import { resource } from '#contract/resource.ts';
import { pageQuery } from '#schema/query.ts';
import { Deletion, IdInUrl, newOrId } from '#schema/values.ts';
import { NewStirAuthorities, ShownStirAuthorities } from './authorities.ts';
import { NewStirCertificate, ShownStirCertificate, stirErrors } from './certificate.ts';
import { examples } from './examples.ts';

const params = { id: IdInUrl.describe('Id of the certificate') };

export const listStirCertificates = endpoint('GET /stir/certificates', {
  id: 'listStirCertificates',
  summary: 'List certificates that sign calls',
  description: 'Newest first. For sellers: the operator and resellers.',
  scope: 'telephony:read',
  sellersOnly: true,
  owner: 'organization',
  query: pageQuery,
  answers: { 200: listOf(ShownStirCertificate) },
  errors: ['NOT_A_SELLER'],
  effects: [reads('stircertificate')],
});

export const getStirCertificate = endpoint('GET /stir/certificates/{id}', {
  id: 'getStirCertificate',
  summary: 'Get a certificate that signs calls',
  scope: 'telephony:read',
  sellersOnly: true,
  owner: 'organization',
  params,
  answers: { 200: ShownStirCertificate },
  errors: ['NOT_A_SELLER'],
  effects: [reads('stircertificate')],
});

export const saveStirCertificate = endpoint('PUT /stir/certificates/{id}', {
  id: 'saveStirCertificate',
  summary: 'Create or replace a certificate that signs calls',
  description:
    'A certificate of STIR/SHAKEN (RFC 8226) signs the calls over gateways of its organization with `stir: sign`. ' +
    'Send `chain` and `key`, or `generate` with `subject`: the answer then has a signing request (`csr`) for a ' +
    'certificate authority. Send its chain later to the id of the certificate. Until then, `generate` makes another ' +
    'key.\n\n' +
    'The key is P-256. The certificate is valid now, has a TNAuthorizationList, and is followed by its issuers. When ' +
    'replacing, chain and key stay if absent. Of several certificates the one that ends last signs, so that a ' +
    'renewal can be saved ahead. Events `stircertificate.expiring` come 30, 7 and 1 days before the end. One that ' +
    'its authority has revoked signs no more; the event `stircertificate.revoked` reports it. The chain is public at ' +
    '`public_path` until its end. An organization has 20 certificates at most.',
  scope: 'telephony:write',
  sellersOnly: true,
  owner: 'organization',
  params: { id: newOrId.describe('`new`, or the id of the certificate to replace') },
  nullIsAbsent: true,
  body: NewStirCertificate,
  answers: { 200: ShownStirCertificate, 201: ShownStirCertificate },
  errors: ['NOT_A_SELLER', 'INVALID_CERTIFICATE', 'INVALID_KEY', 'KEY_MISMATCH', 'LIMIT_EXCEEDED'],
  effects: [
    writes('stircertificate'),
    writes('stirchain'),
    writes('due'),
    writes('count'),
    rotatesSecret('sealing-keys'),
    records('stircertificate.created'),
    records('stircertificate.updated'),
  ],
});

export const deleteStirCertificate = endpoint('DELETE /stir/certificates/{id}', {
  id: 'deleteStirCertificate',
  summary: 'Delete a certificate that signs calls',
  description:
    'Calls stay up. New calls are signed with another certificate of the organization, or not at all. The public ' +
    'chain stays until its end, so that signed calls are still verified.',
  scope: 'telephony:write',
  sellersOnly: true,
  owner: 'organization',
  params,
  answers: { 200: Deletion },
  errors: ['NOT_A_SELLER'],
  effects: [writes('stircertificate'), writes('count'), records('stircertificate.deleted')],
});

export const getStirAuthorities = endpoint('GET /stir/authorities', {
  id: 'getStirAuthorities',
  summary: 'Get the authorities that calls are verified by',
  scope: 'system:read',
  sellersOnly: true,
  answers: { 200: ShownStirAuthorities },
  errors: ['NOT_A_SELLER'],
  effects: [reads('stirauthorities')],
});

export const saveStirAuthorities = endpoint('PUT /stir/authorities', {
  id: 'saveStirAuthorities',
  summary: 'Replace the authorities that calls are verified by',
  description:
    'For the operator. A signed call is verified if its certificate is issued below an authority of this list, such ' +
    'as the list of trusted STI-CAs of a policy administrator. A removed authority is not trusted any more within a ' +
    'minute. With an empty list no call is verified, and no certificate is fetched.\n\n' +
    'A certificate that is on one of `revocation_lists` is not trusted (`reason` 437). These are lists of ' +
    'authorities, or that of a policy administrator for all of them (indirect CRL), whose `issuer` has the ' +
    'certificate that signs it. They are fetched each hour, or when their next update is due. While a list cannot ' +
    'be had or is out of date, the last one is used; without one, nothing is revoked. The event ' +
    '`stirauthorities.list_unavailable` reports it.',
  scope: 'system:write',
  sellersOnly: true,
  body: NewStirAuthorities,
  answers: { 200: ShownStirAuthorities },
  errors: ['NOT_A_SELLER', 'OPERATOR_ONLY', 'INVALID_CERTIFICATE', 'WEBHOOK_URL_NOT_ALLOWED'],
  effects: [writes('stirauthorities'), records('stirauthorities.updated'), callsOut()],
});

/** API Gateway has no variable within a segment of a path. */
const ChainFile = z.string().regex(/^[0-9a-f]{40}\.pem$/, 'must be the name of a chain');

export const getStirChain = endpoint('GET /stir/{file}', {
  id: 'getStirChain',
  summary: 'Get a chain of certificates that signs calls',
  description:
    'Needs no credential: signatures name this address (`x5u` of RFC 8225). A name means the same chain for ever, so ' +
    'that it may be cached.',
  scope: 'public',
  params: { file: ChainFile.describe('Name of the chain, with `.pem`') },
  answers: { 200: raw(['application/pem-certificate-chain'], z.string().describe('Certificates in PEM, leaf first')) },
  errors: [],
  effects: [reads('stirchain')],
  rate: 'none',
});

export const stirCertificates = resource('stir-certificates', {
  area: 'telephony',
  format: 'standard',
  errors: stirErrors,
  endpoints: [
    listStirCertificates,
    getStirCertificate,
    saveStirCertificate,
    deleteStirCertificate,
    getStirAuthorities,
    saveStirAuthorities,
    getStirChain,
  ],
  examples,
  cascades: [cascadeAfter('org.closed', [writes('stircertificate')])],
});
