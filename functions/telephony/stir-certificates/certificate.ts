import { createHash } from 'node:crypto';
import * as z from 'zod';
import { AppError, errorKinds, invalid, missingField } from '#errors.ts';
import { omit } from '#schema/omit.ts';
import { Id, text, Timestamp } from '#schema/values.ts';
import { validityOf } from '#stir/certificate-details.ts';
import { maxPemLength, readChain, signerProblem, tnAuthorization } from '#stir/certificate.ts';
import { publicPem, readPassportKey, type PassportKey } from '#stir/passport-key.ts';
import { x5uOf, type StirCertificate } from '#telephony/stir-certificate.ts';

/** Certificates with which sellers sign calls (`functions/telephony/stir-certificates/README.md`). */

export const stirErrors = errorKinds({
  INVALID_CERTIFICATE: [422, 'The certificate cannot sign calls, or a certificate cannot be read; `details` says why.'],
  INVALID_KEY: [422, 'The key is no private key of P-256 in PEM without a passphrase.'],
  KEY_MISMATCH: [422, 'The certificate is not that of the key.'],
});

/** Of an organization. */
export const maxCertificates = 20;

const Subject = z
  .object({
    country: z
      .string()
      .regex(/^[A-Z]{2}$/, 'must be two capital letters')
      .describe('Country (ISO 3166-1)'),
    organization: text(64, 1).describe('Name of the provider'),
    spc: z
      .string()
      .regex(/^[0-9A-Z]{1,16}$/, 'must have 1 to 16 digits and capital letters')
      .describe('Service provider code, such as an OCN'),
  })
  .describe('The provider that requests the certificate; with `generate`')
  .meta({ id: 'StirSubject' });

export const NewStirCertificate = z
  .object({
    name: text(128, 1).describe('Name'),
    chain: z
      .string()
      .max(maxPemLength)
      .optional()
      .describe('The certificate and its issuers in PEM, in order; a new chain replaces the old one'),
    key: z
      .string()
      .max(8_192)
      .optional()
      .describe('Private key in PEM (P-256), without passphrase. It is stored encrypted and never answered'),
    generate: z
      .boolean()
      .optional()
      .describe('Whether the key is made here: the answer then has a signing request for it'),
    subject: Subject.optional(),
  })
  .meta({ id: 'NewStirCertificate' });
export type NewStirCertificate = z.output<typeof NewStirCertificate>;

const stirStatuses = ['waiting', 'valid', 'expired'] as const;

export const ShownStirCertificate = z
  .object({
    id: Id('stircert').describe('Id of the certificate'),
    name: z.string().describe('Name'),
    status: z
      .enum(stirStatuses)
      .describe('`waiting`: for the chain of a generated key; `valid`: it may sign; `expired`: it signs no more'),
    chain: z.string().nullable().describe('The certificate and its issuers in PEM; null while it waits'),
    public_path: z
      .string()
      .nullable()
      .describe('Path of the chain at the public URL of the platform, which signatures name (`x5u`)'),
    csr: z
      .string()
      .nullable()
      .describe('Signing request in PEM (PKCS #10) of a generated key; null: the key was uploaded'),
    service_provider_codes: z.array(z.string()).describe('Codes of the provider for which it speaks (RFC 8226)'),
    not_before: Timestamp.nullable().describe('Time from which the chain is valid'),
    not_after: Timestamp.nullable().describe('Time at which the chain ends'),
    created_at: Timestamp.describe('Time of the creation'),
    updated_at: Timestamp.describe('Time of the last change'),
    version: z.int().describe('Version'),
  })
  .meta({
    id: 'StirCertificate',
    example: {
      id: 'stircert_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A',
      name: 'Calls 2027',
      status: 'waiting',
      chain: null,
      public_path: null,
      csr: '-----BEGIN CERTIFICATE REQUEST-----\nMIIB…\n-----END CERTIFICATE REQUEST-----\n',
      service_provider_codes: [],
      not_before: null,
      not_after: null,
      created_at: '2026-12-01T12:00:00.000Z',
      updated_at: '2026-12-01T12:00:00.000Z',
      version: 1,
    },
  });

/** A certificate as answered: not its key. @param now ISO 8601 */
export function presentCertificate(certificate: StirCertificate, now: string): z.input<typeof ShownStirCertificate> {
  const { id, name, chain, chain_id: chainId, csr, spcs, not_before, not_after } = certificate;
  const valid = not_after !== null && now < not_after ? 'valid' : 'expired';
  return {
    ...{ id, name, chain, csr, not_before, not_after },
    status: chain === null ? 'waiting' : valid,
    public_path: chainId === null ? null : x5uOf('', chainId),
    service_provider_codes: [...spcs],
    created_at: certificate.created_at,
    updated_at: certificate.updated_at,
    version: certificate.version,
  };
}

/** What events show of a certificate: the chain is public, and long. */
export const loggedCertificate = ({ name, chain_id, spcs, not_after }: StirCertificate) => ({
  ...{ name, chain_id, spcs, not_after },
});

const fault = (kind: (typeof stirErrors)[keyof typeof stirErrors], path: string, message: string): AppError =>
  new AppError(kind, `${path} ${message}`, { details: [{ path, message }] });

/** @throws AppError INVALID_KEY */
function readKey(pem: string): PassportKey {
  const key = readPassportKey(pem);
  if (key !== undefined) return key;
  throw fault(stirErrors.INVALID_KEY, 'key', 'must be a private key of P-256 in PEM, without passphrase');
}

type ChainFields = Pick<StirCertificate, 'chain' | 'chain_id' | 'not_before' | 'not_after' | 'spcs'>;

/**
 * The fields of a chain. Comments in the PEM are left out: the chain is published.
 * @param now ISO 8601
 * @throws AppError INVALID_CERTIFICATE
 */
function chainFields(pem: string, now: string): ChainFields & { readonly publicKey: string } {
  const chain = readChain(pem) ?? [];
  const [leaf] = chain;
  if (leaf === undefined)
    throw fault(stirErrors.INVALID_CERTIFICATE, 'chain', 'must be one to eight certificates in PEM');
  const problem = signerProblem(chain, Date.parse(now));
  if (problem !== undefined) throw fault(stirErrors.INVALID_CERTIFICATE, 'chain', problem);
  const validity = chain.map(validityOf);
  const published = chain.map(String).join('');
  return {
    chain: published,
    chain_id: createHash('sha256').update(published).digest('hex').slice(0, 40),
    not_before: new Date(Math.max(...validity.map(({ from }) => from))).toISOString(),
    not_after: new Date(Math.min(...validity.map(({ to }) => to))).toISOString(),
    spcs: tnAuthorization(leaf)?.spcs ?? [],
    publicKey: publicPem(leaf.publicKey),
  };
}

/** The certificate that a request wants, and the key that is to be sealed; undefined: the stored one stays. */
export type WantedCertificate = {
  readonly certificate: Omit<StirCertificate, 'sealed_key'>;
  readonly key: PassportKey | undefined;
};

/** Makes a key and its signing request. */
export type MakeKey = (subject: z.output<typeof Subject>) => { readonly key: PassportKey; readonly csr: string };

const noChain: ChainFields = { chain: null, chain_id: null, not_before: null, not_after: null, spcs: [] };

type Stamp = { readonly id: string; readonly organization: number; readonly now: string };

const created = (name: string, { id, organization, now }: Stamp) => ({
  ...{ id, org_id: organization, name, created_at: now, updated_at: now, version: 1 },
});

/** @throws AppError MISSING_FIELD, VALIDATION_FAILED */
function generated({ subject, key, chain }: NewStirCertificate, make: MakeKey) {
  if (subject === undefined) throw missingField('subject');
  if (key !== undefined) throw invalid('key', 'must be absent with generate');
  if (chain !== undefined) throw invalid('chain', 'must be absent with generate: it follows the signing request');
  const made = make(subject);
  return { fields: { ...noChain, public_key: publicPem(made.key), csr: made.csr }, key: made.key };
}

/**
 * A new certificate: a chain and its key, or a key that is made here.
 * @throws AppError MISSING_FIELD, VALIDATION_FAILED, INVALID_CERTIFICATE, INVALID_KEY, KEY_MISMATCH
 */
export function newCertificate(wanted: NewStirCertificate, stamp: Stamp, make: MakeKey): WantedCertificate {
  if (wanted.generate === true) {
    const { fields, key } = generated(wanted, make);
    return { certificate: { ...created(wanted.name, stamp), ...fields }, key };
  }
  const { name, chain, key: pem, subject } = wanted;
  if (subject !== undefined) throw invalid('subject', 'is only for generate');
  if (chain === undefined) throw missingField('chain');
  if (pem === undefined) throw missingField('key');
  const key = readKey(pem);
  const { publicKey, ...fields } = chainFields(chain, stamp.now);
  if (publicKey !== publicPem(key)) throw fault(stirErrors.KEY_MISMATCH, 'key', 'is not that of the certificate');
  return { certificate: { ...created(name, stamp), ...fields, public_key: publicKey, csr: null }, key };
}

/**
 * A certificate with another name, with another chain for its key, or with another chain and key.
 * @param now ISO 8601
 * @throws AppError MISSING_FIELD, VALIDATION_FAILED, INVALID_CERTIFICATE, INVALID_KEY, KEY_MISMATCH
 */
export function replaceCertificate(
  before: StirCertificate,
  wanted: NewStirCertificate,
  now: string,
  make: MakeKey,
): WantedCertificate {
  const { name, chain, key: pem, generate, subject } = wanted;
  const stamp = { name, updated_at: now, version: before.version + 1 };
  if (generate === true) {
    if (before.chain !== null) throw invalid('generate', 'would end the use of the chain; create another certificate');
    const { fields, key } = generated(wanted, make);
    return { certificate: { ...before, ...stamp, ...fields }, key };
  }
  if (subject !== undefined) throw invalid('subject', 'is only for generate');
  if (chain !== undefined) return replaceChain(before, { chain, pem }, stamp);
  if (pem !== undefined) throw missingField('chain');
  return { certificate: { ...before, ...stamp }, key: undefined };
}

/** @throws AppError INVALID_CERTIFICATE, INVALID_KEY, KEY_MISMATCH */
function replaceChain(
  before: StirCertificate,
  { chain, pem }: { readonly chain: string; readonly pem: string | undefined },
  stamp: Pick<StirCertificate, 'name' | 'updated_at' | 'version'>,
): WantedCertificate {
  const key = pem === undefined ? undefined : readKey(pem);
  const { publicKey, ...fields } = chainFields(chain, stamp.updated_at);
  if (publicKey !== (key === undefined ? before.public_key : publicPem(key)))
    throw fault(
      stirErrors.KEY_MISMATCH,
      key === undefined ? 'chain' : 'key',
      'does not fit: key and certificate differ',
    );
  const csr = key === undefined ? before.csr : null;
  const certificate = { ...omit(before, 'warned_days'), ...stamp, ...fields, public_key: publicKey, csr };
  return { certificate, key };
}
