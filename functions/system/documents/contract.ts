import { endpoint, raw } from '#contract/endpoint.ts';
import { resource } from '#contract/resource.ts';

export const getOpenApi = endpoint('GET /openapi.json', {
  id: 'getOpenApi',
  summary: 'Get this OpenAPI 3.1 document',
  description:
    'Derived from the contracts that validate requests. It has an `ETag`, so `If-None-Match` saves the transfer ' +
    '(304). Under `/v1.0` it describes the answers under that base path.',
  scope: 'public',
  answers: { 200: raw(['application/json']) },
  errors: [],
  effects: [],
  rate: 'none',
  cacheControl: 'public, max-age=300',
  head: true,
});

export const documents = resource('documents', { area: 'system', format: 'standard', endpoints: [getOpenApi] });
