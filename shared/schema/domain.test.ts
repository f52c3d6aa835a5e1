import { expect, test } from 'vitest';
import { domainAndParents, domainOfAddress, sipDomainsOf } from './domain.ts';

test('a domain lies in itself and in every domain above it but the last label', () => {
  expect(domainAndParents('mail.eu.example.com')).toEqual(['mail.eu.example.com', 'eu.example.com', 'example.com']);
  expect(domainAndParents('example.com')).toEqual(['example.com']);
  expect(domainAndParents('localhost')).toEqual([]);
});

test('the domain of an address is what follows its last @, in lower case', () => {
  expect(domainOfAddress('"a@b"@Example.COM')).toBe('example.com');
  expect(domainOfAddress('no-reply')).toBeUndefined();
  expect(domainOfAddress('no-reply@')).toBeUndefined();
});

test('accounts get the active primary domain, else the oldest active one, else that of the platform', () => {
  const domain = (id: string, type: 'primary' | 'alias', status: 'active' | 'pending' | 'inactive') => ({
    id,
    domain: `${id}.example`,
    type,
    status,
  });
  const [one, two] = [domain('dom_1', 'alias', 'active'), domain('dom_2', 'alias', 'active')];
  const platform = 'sip.example.com';
  expect(sipDomainsOf([two, one, domain('dom_3', 'primary', 'active')], platform)).toEqual({
    domain: 'dom_3.example',
    realms: ['dom_1.example', 'dom_2.example', 'dom_3.example', platform],
  });
  expect(sipDomainsOf([two, one, domain('dom_3', 'primary', 'pending')], platform).domain).toBe('dom_1.example');
  expect(sipDomainsOf([domain('dom_1', 'primary', 'inactive')], platform)).toEqual({
    domain: platform,
    realms: [platform],
  });
});
