/** A certificate with which a seller signs calls (`/stir/certificates`). */
export type StirCertificate = {
  /** `stircert_<ULID>` */
  readonly id: string;
  readonly org_id: number;
  readonly name: string;
  /** PEM, leaf first; null until it is uploaded for a generated key. */
  readonly chain: string | null;
  /** Id of the chain at its public address (`x5uOf`): the same chain has the same id for ever. */
  readonly chain_id: string | null;
  /** PKCS#8 in PEM, sealed for the field `key` (`shared/secrets/seals.ts`). */
  readonly sealed_key: string;
  /** Of that key; SPKI in PEM. */
  readonly public_key: string;
  /** PEM of the certificate signing request, for a generated key. */
  readonly csr: string | null;
  /** ISO 8601: the time in which every certificate of the chain is valid. */
  readonly not_before: string | null;
  readonly not_after: string | null;
  /** Service provider codes of the certificate. */
  readonly spcs: readonly string[];
  /** The last threshold of days before the end whose event was recorded; absent: none. */
  readonly warned_days?: number;
  readonly created_at: string;
  readonly updated_at: string;
  readonly version: number;
};

/** A list of revoked certificates (CRL) that the platform reads. */
export type StirRevocationList = {
  readonly url: string;
  /** PEM of the certificates that may sign it; null: the authorities may. */
  readonly issuer: string | null;
};

/** The authorities whose certificates the platform trusts: one list of the operator (`/stir/authorities`). */
export type StirAuthorities = {
  readonly id: 'authorities';
  /** PEM; empty: none is trusted. */
  readonly certificates: string;
  /** Absent: none. */
  readonly revocation_lists?: readonly StirRevocationList[];
  readonly created_at: string;
  readonly updated_at: string;
  readonly version: number;
};

/** The field that `sealed_key` is sealed for. */
export const sealedKeyOf = ({ id, org_id }: Pick<StirCertificate, 'id' | 'org_id'>) =>
  ({ organization: org_id, id, field: 'key' }) as const;

/** The public address of a chain. @param publicUrl of the API, without a slash at its end; empty: the path alone */
export const x5uOf = (publicUrl: string, chainId: string): string => `${publicUrl}/stir/${chainId}.pem`;

/**
 * The certificate that signs now: of those with a chain that is valid, the one that ends last.
 * @param now ISO 8601
 */
export function certificateToSign(
  certificates: readonly StirCertificate[],
  now: string,
): (StirCertificate & { readonly chain_id: string }) | undefined {
  const valid = certificates.flatMap((certificate) => {
    const { chain_id, not_before: from, not_after: to } = certificate;
    const isValid = chain_id !== null && from !== null && to !== null && from <= now && now < to;
    return isValid ? [{ ...certificate, chain_id, to }] : [];
  });
  const [last] = valid.toSorted((one, other) => (one.to < other.to ? 1 : -1));
  return last;
}
