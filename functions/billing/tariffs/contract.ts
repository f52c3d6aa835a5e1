import * as z from 'zod';
import { reads, records, unique, writes } from '../../../shared/contract/effects.ts';
import { endpoint, listOf } from '../../../shared/contract/endpoint.ts';
import { resource } from '../../../shared/contract/resource.ts';
import { pageQuery, wholeNumber } from '../../../shared/schema/query.ts';
import { Deletion, IdInUrl, newOrId } from '../../../shared/schema/values.ts';
import { PresentedTariff, TariffWithRates } from './presented-tariff.ts';
import { NewTariff, tariffKinds } from './tariff.ts';

/** What Lambda's event leaves of its 6 MB for a body of JSON, whose quotes it escapes. */
const largestBody = 4 * 1024 * 1024;

export const putTariff = endpoint('PUT /tariffs/{id}', {
  summary: 'Create a tariff (new), or replace one by a whole new version',
  description:
    'A version holds up to 20,000 rates and never changes: calls that were rated with it go on citing it. The answer leaves out the rates. A cost tariff names up to 1,000 trunks, in one request 60 more or fewer.',
  scope: 'billing:write',
  params: { id: newOrId },
  body: NewTariff,
  bodyLimit: largestBody,
  answers: { 200: PresentedTariff, 201: PresentedTariff },
  errors: [
    'NOT_A_SELLER',
    'NAME_TAKEN',
    'DUPLICATE_RATE',
    'LIMIT_EXCEEDED',
    'TRUNK_HAS_COST_TARIFF',
    'NOT_YET_SUPPORTED',
  ],
  effects: [
    writes('tariff'),
    unique('tariff-name'),
    writes('tariffchunk'),
    unique('tariff-trunk'),
    writes('count'),
    records('tariff.created'),
    records('tariff.updated'),
  ],
});

/** The own ones, and the one that one is charged by. */
const seen = [reads('tariff'), reads('billingprofile')] as const;

export const listTariffs = endpoint('GET /tariffs', {
  summary: 'List tariffs: the own ones, and the one on the own billing profile',
  scope: 'billing:read',
  query: { ...pageQuery, kind: z.enum(tariffKinds).optional(), q: z.string().max(128).optional() },
  answers: { 200: listOf(PresentedTariff) },
  errors: [],
  effects: seen,
});

export const getTariff = endpoint('GET /tariffs/{id}', {
  summary: 'Get a tariff with its rates, in pages by prefix',
  description: '`prefix` shows only rates that begin with it; `version` an older version.',
  scope: 'billing:read',
  params: { id: IdInUrl },
  query: {
    limit: wholeNumber(1, 2_000).optional(),
    page_token: pageQuery.page_token,
    prefix: z
      .string()
      .regex(/^\d{0,15}$/, 'must be 0 to 15 digits')
      .optional(),
    version: wholeNumber(1, 999_999_999).optional(),
  },
  answers: { 200: TariffWithRates },
  errors: [],
  effects: [...seen, reads('tariffchunk')],
});

export const deleteTariff = endpoint('DELETE /tariffs/{id}', {
  summary: 'Delete a tariff that no billing profile uses',
  description:
    'Its versions stay for the calls that cite them. A cost tariff of more than 60 trunks is to name fewer first.',
  scope: 'billing:write',
  params: { id: IdInUrl },
  answers: { 200: Deletion },
  errors: ['TARIFF_IN_USE', 'LIMIT_EXCEEDED'],
  effects: [
    writes('tariff'),
    unique('tariff-name'),
    unique('tariff-trunk'),
    writes('count'),
    reads('billingprofile', 'GSI1'),
    reads('billingprofile'),
    records('tariff.deleted'),
  ],
});

export const tariffs = resource('tariffs', {
  area: 'billing',
  format: 'standard',
  endpoints: [listTariffs, getTariff, putTariff, deleteTariff],
  memory: 1_024,
});
