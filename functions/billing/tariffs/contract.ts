import * as z from 'zod';
import { reads, records, unique, writes } from '#contract/effects.ts';
import { endpoint, listOf } from '#contract/endpoint.ts';
import { resource } from '#contract/resource.ts';
import { pageQuery, wholeNumber } from '#schema/query.ts';
import { Deletion, IdInUrl, newOrId } from '#schema/values.ts';
import { examples } from './examples.ts';
import { PresentedTariff, TariffWithRates } from './presented-tariff.ts';
import { RateChanges, tariffErrors } from './rate.ts';
import { NewTariff, tariffKinds } from './tariff.ts';

/** Bytes. Lambda's event of 6 MB holds the body as a JSON string, in which quotes are escaped. */
const maxBody = 4 * 1024 * 1024;

const id = IdInUrl.describe('Id of the tariff, `trf_…`');

export const saveTariff = endpoint('PUT /tariffs/{id}', {
  id: 'saveTariff',
  summary: 'Create a tariff (`new`), or replace one by a whole new version',
  description:
    'Only the operator and resellers have tariffs, at most 100. A version never changes: calls that were rated with ' +
    'it keep citing it. The answer has no rates.\n\n' +
    'A body has up to 4 MiB: about 8,000 rates with all fields, and 60,000 with a prefix and a price. ' +
    '`POST /tariffs/{id}/rates` adds others, up to 100,000. As they are stored they have at most 10 MB, about ' +
    '100 bytes each, and 3 MB when compressed.\n\n' +
    'A body without `rates` keeps those of the tariff; `rates: []` removes them. A body that lacks more than ' +
    'a tenth of 20 or more rates must name the version that it is based on, or `confirm_removal`.\n\n' +
    'A cost tariff names up to 1,000 trunks, and a trunk has at most one. One request may add or remove at ' +
    'most 60.',
  scope: 'billing:write',
  params: { id: newOrId.describe('`new`, or the id of an own tariff') },
  body: NewTariff,
  bodyLimit: maxBody,
  answers: { 200: PresentedTariff, 201: PresentedTariff },
  errors: [
    'NOT_A_SELLER',
    'NAME_TAKEN',
    'DUPLICATE_RATE',
    'REMOVES_MANY',
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

export const changeTariffRates = endpoint('POST /tariffs/{id}/rates', {
  id: 'changeTariffRates',
  summary: 'Add, replace and remove rates of a tariff',
  description:
    'The others stay. A price list that is larger than a body is sent in pages. Each page makes a new version, by ' +
    'which calls are rated at once. Send the pages of a new tariff before a profile uses it, or with a later ' +
    '`valid_from`.\n\n' +
    'A page has up to 4 MiB, a tariff up to 100,000 rates. As they are stored they have at most 10 MB, about 100 ' +
    'bytes each, and 3 MB when compressed. The answer has no rates.',
  scope: 'billing:write',
  params: { id },
  body: RateChanges,
  bodyLimit: maxBody,
  answers: { 200: PresentedTariff },
  errors: ['NOT_A_SELLER', 'DUPLICATE_RATE', 'LIMIT_EXCEEDED'],
  effects: [writes('tariff'), writes('tariffchunk'), records('tariff.updated')],
});

/** Reads of the own tariffs and of the one on the own billing profile. */
const readsTariffs = [reads('tariff'), reads('billingprofile')] as const;

export const listTariffs = endpoint('GET /tariffs', {
  id: 'listTariffs',
  summary: 'List tariffs: the own ones, and the one on the own billing profile',
  description: 'Ordered by name, without rates.',
  scope: 'billing:read',
  query: {
    ...pageQuery,
    kind: z.enum(tariffKinds).optional().describe('Only tariffs of this kind'),
    q: z.string().max(128).optional().describe('Part of the name, whatever its case'),
  },
  answers: { 200: listOf(PresentedTariff) },
  errors: [],
  effects: readsTariffs,
});

export const getTariff = endpoint('GET /tariffs/{id}', {
  id: 'getTariff',
  summary: 'Get a tariff with its rates, in pages ordered by prefix',
  description:
    'A page has 500 rates by default, and at most 2,000. Callers see their own tariffs and the one on their ' +
    'own profile.',
  scope: 'billing:read',
  params: { id },
  query: {
    limit: wholeNumber(1, 2_000).optional().describe('Rates of a page; 500 by default'),
    page_token: pageQuery.page_token.describe('`next_page_token` of the page before'),
    prefix: z
      .string()
      .regex(/^\d{0,15}$/, 'must be 0 to 15 digits')
      .optional()
      .describe('Only rates whose prefix begins with these digits'),
    version: wholeNumber(1, 999_999_999).optional().describe('An older version of the tariff'),
  },
  answers: { 200: TariffWithRates },
  errors: [],
  effects: [...readsTariffs, reads('tariffchunk')],
});

export const deleteTariff = endpoint('DELETE /tariffs/{id}', {
  id: 'deleteTariff',
  summary: 'Delete a tariff that no billing profile uses',
  description:
    'Rejected while billing profiles use it; `details` name up to 20 of their organizations. Its versions ' +
    'stay for the calls that cite them. A cost tariff with more than 60 trunks must first be replaced by one ' +
    'with fewer.',
  scope: 'billing:write',
  params: { id },
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
  errors: tariffErrors,
  endpoints: [listTariffs, getTariff, saveTariff, changeTariffRates, deleteTariff],
  examples,
  memory: 1_024,
});
