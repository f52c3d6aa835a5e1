import * as z from 'zod';
import { reads, readsObjects } from '#contract/effects.ts';
import { endpoint, raw } from '#contract/endpoint.ts';
import { resource } from '#contract/resource.ts';
import { IdInUrl, OrganizationInUrl } from '#schema/values.ts';
import { Brand } from './brand.ts';

/** Seconds for which a browser shows the brand that it has. */
const cacheControl = 'public, max-age=300';

export const getBranding = endpoint('GET /branding', {
  id: 'getBranding',
  summary: 'Get the brand of the host',
  description:
    'Needs no credential. The brand of the reseller whose `settings.branding.host` is the host of the ' +
    'request, else that of the platform. While the reseller is suspended or closed, or the domain is not ' +
    'active, it is that of the platform.',
  scope: 'public',
  answers: { 200: Brand },
  errors: [],
  effects: [reads('domain-name'), reads('organization')],
  cacheControl,
});

export const getOwnBranding = endpoint('GET /branding/me', {
  id: 'getOwnBranding',
  summary: "Get the brand of the caller's reseller",
  description: 'That of the organization if it is a reseller, or of its reseller, else that of the platform.',
  scope: 'any',
  answers: { 200: Brand },
  errors: [],
  effects: [reads('organization')],
});

export const getBrandImage = endpoint('GET /branding/images/{orgId}/{id}', {
  id: 'getBrandImage',
  summary: 'Get the logo or the icon of a brand',
  description: 'Needs no credential. Other files of the organization are 404.',
  scope: 'public',
  params: {
    orgId: OrganizationInUrl.describe('Reseller'),
    id: IdInUrl.describe('Id of the file'),
  },
  answers: { 200: raw(['image/png', 'image/jpeg'], z.string().meta({ format: 'binary' })) },
  errors: [],
  effects: [reads('organization'), reads('file'), readsObjects('files')],
  cacheControl,
});

export const branding = resource('branding', {
  area: 'orgs',
  format: 'standard',
  endpoints: [getBranding, getOwnBranding, getBrandImage],
});
