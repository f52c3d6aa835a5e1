import { endpoint, raw } from '../../../shared/contract/endpoint.ts';
import { resource } from '../../../shared/contract/resource.ts';

export const getOpenApi = endpoint('GET /openapi.json', {
  summary: 'This document (OpenAPI 3.1)',
  description:
    'Derived from the same contracts that validate requests. With an `ETag`; `If-None-Match` spares the transfer (304).',
  scope: 'public',
  answers: { 200: raw(['application/json']) },
  errors: [],
  effects: [],
  rate: 'none',
  cacheControl: 'public, max-age=300',
  head: true,
});

export const documents = resource('documents', { area: 'system', format: 'standard', endpoints: [getOpenApi] });
