import { expect, test } from 'vitest';
import { platformDomain } from './sip-domain.ts';

test('SIP_DOMAIN is the domain, or else the host of PUBLIC_URL, or else localhost', () => {
  expect(platformDomain({ SIP_DOMAIN: 'sip.example.com', PUBLIC_URL: 'https://api.example.com/v1' })).toBe(
    'sip.example.com',
  );
  expect(platformDomain({ PUBLIC_URL: 'https://api.example.com:8443/v1' })).toBe('api.example.com');
  expect(platformDomain({})).toBe('localhost');
});
