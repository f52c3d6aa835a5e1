import { reads } from '../../../shared/contract/effects.ts';
import { endpoint, raw } from '../../../shared/contract/endpoint.ts';
import { resource } from '../../../shared/contract/resource.ts';
import { KeySet } from './published-keys.ts';

export const getKeySet = endpoint('GET /.well-known/jwks.json', {
  id: 'getKeySet',
  summary: 'Get the public signing keys',
  description:
    'The keys that verify session tokens (RFC 7517). A new key is published at least 10 minutes before it signs.',
  scope: 'public',
  answers: { 200: raw(['application/json'], KeySet) },
  errors: [],
  effects: [reads('signingkey')],
  rate: 'none',
  cacheControl: 'public, max-age=300',
});

export const keySets = resource('jwks', { area: 'auth', format: 'standard', endpoints: [getKeySet] });
