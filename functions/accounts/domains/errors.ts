import { errorKinds } from '#errors.ts';

export const domainErrors = errorKinds({
  INVALID_DOMAIN: [400, 'The value is not the name of a domain.'],
  DOMAIN_EXISTS: [409, 'The organization has the domain already, or another one has verified it.'],
  DOMAIN_IN_USE: [409, 'Trunks, devices or phone lines use the domain; `details` lists them.'],
  RESERVED_DOMAIN: [422, 'The domain belongs to the platform.'],
  IMMUTABLE_FIELD: [422, 'The field cannot be changed; `details` names it.'],
  DOMAIN_NOT_VERIFIED: [422, 'The TXT record of the domain was not found; `details` has it and those that were found.'],
  DNS_UNAVAILABLE: [503, 'The name servers of the domain do not answer; retry after `Retry-After` seconds.'],
});
