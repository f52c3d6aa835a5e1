import * as z from 'zod';
import { AppError } from '#errors.ts';
import { Timestamp } from '#schema/values.ts';
import { validityOf } from '#stir/certificate-details.ts';
import { maxAuthorities, maxPemLength, readCertificates } from '#stir/certificate.ts';
import type { StirAuthorities, StirRevocationList } from '#telephony/stir-certificate.ts';
import { stirErrors } from './certificate.ts';

/** Certificate authorities that the operator trusts, as a policy administrator of SHAKEN publishes them. */

/** Characters; an item of DynamoDB has 400 KB. */
const maxLength = 256 * 1_024;

/** Lists of revoked certificates, and certificates that may sign one. */
const maxLists = 4;
const maxIssuers = 4;

const listUrl = z.string().max(2_048).describe('URL of the list (https, port 443 or 8443), in DER or PEM');
const listIssuer = z
  .string()
  .max(maxPemLength)
  .nullable()
  .describe(`Certificates in PEM that may sign the list, ${maxIssuers} at most; null: the authorities may`);

const NewRevocationList = z
  .object({ url: listUrl, issuer: listIssuer.default(null) })
  .meta({ id: 'NewStirRevocationList' });
const ShownRevocationList = z.object({ url: listUrl, issuer: listIssuer }).meta({ id: 'StirRevocationList' });

export const NewStirAuthorities = z
  .object({
    certificates: z
      .string()
      .max(maxLength)
      .describe(`Certificates of authorities in PEM, ${maxAuthorities} at most; an empty text ends all verification`),
    revocation_lists: z
      .array(NewRevocationList)
      .max(maxLists)
      .optional()
      .describe('Lists of revoked certificates (CRL, RFC 5280); absent: those of before stay'),
  })
  .meta({ id: 'NewStirAuthorities' });

export const ShownStirAuthorities = z
  .object({
    certificates: z.string().describe('Certificates of the authorities in PEM'),
    authorities: z
      .array(
        z.object({
          subject: z.string().describe('Name of the authority'),
          fingerprint: z.string().describe('SHA-256 of its certificate, in hexadecimal'),
          not_after: Timestamp.describe('Time at which its certificate ends'),
        }),
      )
      .describe('The authorities, in the same order'),
    revocation_lists: z.array(ShownRevocationList).describe('Lists of revoked certificates that are read'),
    updated_at: Timestamp.nullable().describe('Time of the last change; null: none was saved'),
    version: z.int().describe('Version; 0: none was saved'),
  })
  .meta({
    id: 'StirAuthorities',
    example: { certificates: '', authorities: [], revocation_lists: [], updated_at: null, version: 0 },
  });

const fault = (message: string, path = 'certificates'): AppError =>
  new AppError(stirErrors.INVALID_CERTIFICATE, `${path} ${message}`, { details: [{ path, message }] });

/** @throws AppError INVALID_CERTIFICATE */
function readAuthorities(pem: string): string {
  if (pem.trim() === '') return '';
  const certificates = readCertificates(pem, maxAuthorities);
  if (certificates === undefined) throw fault(`must be 1 to ${maxAuthorities} certificates in PEM`);
  const other = certificates.findIndex(({ ca }) => !ca);
  if (other !== -1) throw fault(`must be those of authorities; number ${other + 1} is none`);
  return certificates.map(String).join('');
}

/** @throws AppError INVALID_CERTIFICATE */
function readLists(lists: readonly StirRevocationList[]): StirRevocationList[] {
  return lists.map(({ url, issuer }, at) => {
    if (issuer === null) return { url, issuer };
    const issuers = readCertificates(issuer, maxIssuers);
    if (issuers === undefined)
      throw fault(`must be 1 to ${maxIssuers} certificates in PEM`, `revocation_lists[${at}].issuer`);
    return { url, issuer: issuers.map(String).join('') };
  });
}

/**
 * The list after a request.
 * @param now ISO 8601
 * @throws AppError INVALID_CERTIFICATE
 */
export const saveAuthorities = (
  before: StirAuthorities | undefined,
  { certificates, revocation_lists: lists }: z.output<typeof NewStirAuthorities>,
  now: string,
): StirAuthorities => ({
  id: 'authorities',
  certificates: readAuthorities(certificates),
  revocation_lists: lists === undefined ? (before?.revocation_lists ?? []) : readLists(lists),
  created_at: before?.created_at ?? now,
  updated_at: now,
  version: (before?.version ?? 0) + 1,
});

/** The list as answered. */
export function presentAuthorities(item: StirAuthorities | undefined): z.input<typeof ShownStirAuthorities> {
  const certificates = item?.certificates ?? '';
  return {
    certificates,
    authorities: (readCertificates(certificates, maxAuthorities) ?? []).map((certificate) => ({
      subject: certificate.subject.replaceAll('\n', ', '),
      fingerprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
      not_after: new Date(validityOf(certificate).to).toISOString(),
    })),
    revocation_lists: [...(item?.revocation_lists ?? [])],
    updated_at: item?.updated_at ?? null,
    version: item?.version ?? 0,
  };
}

/** What events show of the list. */
export const loggedAuthorities = (item: StirAuthorities) => ({
  authorities: presentAuthorities(item).authorities.map(({ subject, fingerprint }) => `${subject} ${fingerprint}`),
  revocation_lists: (item.revocation_lists ?? []).map(({ url }) => url),
});
