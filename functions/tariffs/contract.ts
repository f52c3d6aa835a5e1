import { records, unique, writes } from '../../shared/contract/effects.ts';
import { endpoint } from '../../shared/contract/endpoint.ts';
import { resource } from '../../shared/contract/resource.ts';
import { newOrId } from '../../shared/schema/values.ts';
import { PresentedTariff } from './presented-tariff.ts';
import { NewTariff } from './tariff.ts';

/** What Lambda's event leaves of its 6 MB for a body of JSON, whose quotes it escapes. */
const largestBody = 4 * 1024 * 1024;

export const putTariff = endpoint('PUT /tariffs/{id}', {
  summary: 'Create a tariff (new), or replace one by a whole new version',
  description: 'A version holds up to 20,000 rates and never changes: calls that were rated with it go on citing it. The answer leaves out the rates.',
  scope: 'billing:write',
  params: { id: newOrId },
  body: NewTariff,
  bodyLimit: largestBody,
  answers: { 200: PresentedTariff, 201: PresentedTariff },
  errors: ['NOT_A_SELLER', 'NAME_TAKEN', 'DUPLICATE_RATE', 'LIMIT_EXCEEDED', 'NOT_YET_SUPPORTED'],
  effects: [writes('tariff'), unique('tariff-name'), writes('tariffchunk'), writes('count'), records('tariff.created'), records('tariff.updated')],
});

export const tariffs = resource('tariffs', { area: 'billing', face: 'standard', endpoints: [putTariff], memory: 1_024 });
