import { reads } from '#contract/effects.ts';
import { endpoint, raw } from '#contract/endpoint.ts';
import { resource } from '#contract/resource.ts';
import { ArchiveKeySet, KeySet } from './published-keys.ts';

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

export const getArchiveKeys = endpoint('GET /.well-known/archive-keys.json', {
  id: 'getArchiveKeys',
  summary: 'Get the public keys of archives',
  description:
    'All keys that ever signed manifests of archives (RFC 7517), with their times of validity. Retired keys stay, so ' +
    'that old archives can be verified. None of them signs tokens.',
  scope: 'public',
  answers: { 200: raw(['application/json'], ArchiveKeySet) },
  errors: [],
  effects: [reads('archivekey')],
  rate: 'none',
  cacheControl: 'public, max-age=300',
});

export const keySets = resource('jwks', {
  area: 'auth',
  format: 'standard',
  endpoints: [getKeySet, getArchiveKeys],
});
