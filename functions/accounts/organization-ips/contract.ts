import * as z from 'zod';
import { cascadeAfter } from '#contract/consequences.ts';
import { reads, records, unique, writes } from '#contract/effects.ts';
import { endpoint } from '#contract/endpoint.ts';
import { resource } from '#contract/resource.ts';
import { organizationIpTypes } from '#schema/organization-ip.ts';
import { pageQuery } from '#schema/query.ts';
import { Deletion, IdInUrl } from '#schema/values.ts';
import { examples } from './examples.ts';
import {
  NewOrganizationIp,
  OrganizationIpChange,
  OrganizationIpPage,
  PresentedOrganizationIp,
  UsedOrganizationIp,
  organizationIpErrors,
} from './organization-ip.ts';

const params = { entity: IdInUrl.describe('Id of the network') };
const changeEffects = [writes('orgip'), unique('orgip-network')] as const;
const networkErrors = ['HOST_BITS_SET', 'IP_EXISTS'] as const;

export const listOrganizationIps = endpoint('GET /orgips/index', {
  id: 'listOrganizationIps',
  summary: 'List the networks of organizations',
  description:
    'Newest first. Without an organization in the query: those of all organizations that the caller reaches.',
  scope: 'orgs:read',
  query: { ...pageQuery, type: z.enum(organizationIpTypes).optional().describe('Only networks of this type') },
  pagesData: true,
  listField: 'ips',
  answers: { 200: OrganizationIpPage },
  errors: [],
  effects: [reads('orgip'), reads('orgip', 'GSI1'), reads('orgip', 'GSI2')],
});

export const getOrganizationIp = endpoint('GET /orgips/{entity}', {
  id: 'getOrganizationIp',
  summary: 'Get a network of an organization, and how much it is used',
  scope: 'orgs:read',
  params,
  answers: { 200: UsedOrganizationIp },
  errors: [],
  effects: [reads('orgip'), reads('orgip-use')],
});

export const saveOrganizationIp = endpoint('PUT /orgips/{entity}', {
  id: 'saveOrganizationIp',
  summary: 'Create or replace a network of an organization',
  description:
    'Phones of the organization may register, subscribe and call only from networks of the `whitelist`, if it ' +
    'has any, and never from one of the `blacklist`. Takes effect within a minute. Calls go on, and ' +
    'registrations last until they expire.\n\n' +
    'An id replaces the network: absent fields return to their defaults. An organization has at most 500 ' +
    'networks.',
  scope: 'orgs:write',
  params: {
    entity: z
      .union([z.enum(['new', ...organizationIpTypes]), IdInUrl], 'must be new, a type or a well-formed id')
      .describe('`new`, `whitelist` or `blacklist` creates a network, the latter of this type; an id replaces one'),
  },
  nullIsAbsent: true,
  body: NewOrganizationIp,
  answers: { 200: PresentedOrganizationIp, 201: PresentedOrganizationIp },
  errors: ['INVALID_IP_ADDRESS', 'LIMIT_EXCEEDED', ...networkErrors],
  effects: [...changeEffects, writes('count'), records('orgip.created'), records('orgip.updated')],
});

export const updateOrganizationIp = endpoint('POST /orgips/{entity}', {
  id: 'updateOrganizationIp',
  summary: 'Update a network of an organization',
  description: 'Changes the given fields. The address stays.',
  scope: 'orgs:write',
  params,
  body: OrganizationIpChange,
  brokenRule: 400,
  answers: { 200: PresentedOrganizationIp },
  errors: [...networkErrors],
  effects: [...changeEffects, records('orgip.updated')],
});

export const deleteOrganizationIp = endpoint('DELETE /orgips/{entity}', {
  id: 'deleteOrganizationIp',
  summary: 'Delete a network of an organization',
  scope: 'orgs:write',
  params,
  answers: { 200: Deletion },
  errors: [],
  effects: [...changeEffects, writes('count'), records('orgip.deleted')],
});

export const organizationIps = resource('organization-ips', {
  area: 'orgs',
  format: 'standard',
  owner: 'organization',
  errors: organizationIpErrors,
  endpoints: [listOrganizationIps, getOrganizationIp, saveOrganizationIp, updateOrganizationIp, deleteOrganizationIp],
  cascades: [cascadeAfter('org.closed', [writes('orgip'), unique('orgip-network'), writes('count')])],
  examples,
});
