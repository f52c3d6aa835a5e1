import { createPrivateKey } from 'node:crypto';
import { cacheResults } from '#concurrency/cache.ts';
import { readToEnd } from '#dynamodb/read-to-end.ts';
import {
  stirAuthoritiesKey,
  stirAuthoritiesRow,
  stirCertificateRow,
} from '#functions/telephony/rows/stir-certificate.ts';
import type { NamedList, RevocationSource } from '#outbound/revocation-source.ts';
import { minute, second } from '#schema/time.ts';
import type { Seals } from '#secrets/seals.ts';
import { maxAuthorities, readCertificates, readChain, type CertificateChain } from '#stir/certificate.ts';
import type { Signer } from '#stir/signing.ts';
import {
  certificateToSign,
  sealedKeyOf,
  x5uOf,
  type StirAuthorities,
  type StirCertificate,
} from '#telephony/stir-certificate.ts';
import type { SidecarContext } from '../../leases/membership.ts';

/** The certificates with which calls are signed, and the authorities whose certificates are trusted. */

type CertificatesDependencies = Pick<SidecarContext, 'tableOf' | 'clock'> & {
  readonly seals: Pick<Seals, 'open'>;
  /** Of the API, without a slash at its end. */
  readonly publicUrl: string;
  readonly revocations: RevocationSource;
  /** Reports that a certificate which would sign is revoked. */
  readonly reportRevoked: (certificate: StirCertificate) => void;
};

/** Milliseconds for which certificates and authorities are used without another look, and their number. */
const signers = {
  ttl: 15 * second,
  max: 1_000,
  // A new certificate signs the next call.
  keeps: (signer: Signer | undefined) => signer !== undefined,
} as const;
const authorities = { ttl: minute, max: 1 } as const;

/** Reads the certificate of an organization with which its calls are signed now; undefined: it has none. */
export function signerSource({
  tableOf,
  seals,
  publicUrl,
  clock,
  revocations,
  reportRevoked,
}: CertificatesDependencies) {
  const read = async (organization: number): Promise<Signer | undefined> => {
    const all = await readToEnd((range) => tableOf(organization).query(stirCertificateRow, {}, range));
    const found = await certificateOf(all);
    if (found === undefined) return undefined;
    const key = createPrivateKey(await seals.open(found.sealed_key, sealedKeyOf(found)));
    return { key, x5u: x5uOf(publicUrl, found.chain_id) };
  };
  /** The first one that is not revoked. */
  const certificateOf = async (all: readonly StirCertificate[]): Promise<ReturnType<typeof certificateToSign>> => {
    const found = certificateToSign(all, clock().toISOString());
    const { has } = await revocations();
    if (found === undefined || !(readChain(found.chain ?? '') ?? []).some(has)) return found;
    reportRevoked(found);
    return certificateOf(all.filter(({ id }) => id !== found.id));
  };
  return cacheResults(read, signers, () => clock().getTime());
}

/** Whom the operator trusts. The same item has the same arrays. */
export type TrustAnchors = {
  readonly authorities: CertificateChain;
  readonly lists: readonly NamedList[];
};

const nothing: TrustAnchors = { authorities: [], lists: [] };

function anchorsIn({ certificates, revocation_lists: lists = [] }: StirAuthorities): TrustAnchors {
  const trusted = readCertificates(certificates, maxAuthorities) ?? [];
  const issuersOf = (issuer: string | null) => (issuer === null ? trusted : (readChain(issuer) ?? []));
  return { authorities: trusted, lists: lists.map(({ url, issuer }) => ({ url, issuers: issuersOf(issuer) })) };
}

/** Reads whom the operator trusts. */
export function anchorsSource({ tableOf, clock }: Pick<CertificatesDependencies, 'tableOf' | 'clock'>) {
  let last: { readonly version: number; readonly anchors: TrustAnchors } | undefined;
  const read = async (): Promise<TrustAnchors> => {
    const item = await tableOf(0).get(stirAuthoritiesRow, stirAuthoritiesKey);
    if (item === undefined) return nothing;
    if (last?.version !== item.version) last = { version: item.version, anchors: anchorsIn(item) };
    return last.anchors;
  };
  const cached = cacheResults(read, authorities, () => clock().getTime());
  return () => cached(undefined);
}
